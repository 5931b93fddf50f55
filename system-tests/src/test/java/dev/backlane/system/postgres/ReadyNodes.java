package dev.backlane.system.postgres;

import dev.backlane.system.support.Http;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// A load balancer: probes the readiness of all nodes, and selects the ready ones in turn.
/// Thread-safe.
final class ReadyNodes implements AutoCloseable {
  private static final long PROBE_INTERVAL_MILLIS = 250;
  private static final int OK = 200;

  private final List<ClusterNode> nodes;
  private final CopyOnWriteArraySet<ClusterNode> ready = new CopyOnWriteArraySet<>();
  private final AtomicInteger turn = new AtomicInteger();
  private final ScheduledExecutorService timer =
      Executors.newScheduledThreadPool(2, Thread.ofPlatform().daemon().factory());

  /// @param nodes all of them are ready
  ReadyNodes(List<ClusterNode> nodes) {
    this.nodes = nodes;
    ready.addAll(nodes);
    for (var node : nodes) {
      var _ =
          timer.scheduleWithFixedDelay(
              () -> probe(node), 0, PROBE_INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void probe(ClusterNode node) {
    try {
      if (node.http().get("/health/ready").status() == OK) {
        ready.add(node);
      } else {
        ready.remove(node);
      }
    } catch (IOException down) {
      ready.remove(node);
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
  }

  /// The node for the next call.
  Http next() {
    var present = ready.isEmpty() ? nodes : List.copyOf(ready);
    return present.get(Math.floorMod(turn.getAndIncrement(), present.size())).http();
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
