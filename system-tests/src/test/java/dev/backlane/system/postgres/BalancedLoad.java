package dev.backlane.system.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// Callers that submit POSTs at a fixed rate through a load balancer, with connections that are
/// kept open. Everything but a 202 is a failure. Thread-safe.
final class BalancedLoad implements AutoCloseable {
  private static final long SECOND_MICROS = 1_000_000;
  private static final long ACCEPTED_SECONDS_MAX = 60;

  private final ReadyNodes balancer;
  private final String path;
  private final byte[] body;
  private final Map<String, String> accepted = new ConcurrentHashMap<>();
  private final List<String> failures = new CopyOnWriteArrayList<>();
  private final List<CountDownLatch> watching = new CopyOnWriteArrayList<>();
  private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());
  private int submitted;

  /// @param path the number of each call is appended
  BalancedLoad(ReadyNodes balancer, String path, byte[] body) {
    this.balancer = balancer;
    this.path = path;
    this.body = body.clone();
  }

  void start(int submitsPerSecond) {
    var _ =
        timer.scheduleAtFixedRate(
            () -> {
              int number = submitted++;
              callers.execute(() -> submit(number));
            },
            0,
            SECOND_MICROS / submitsPerSecond,
            TimeUnit.MICROSECONDS);
  }

  private void submit(int number) {
    var node = balancer.next();
    try {
      var response =
          node.post(path + number, new String(body, UTF_8), "erp-api-background", "none");
      if (response.status() == 202) {
        accepted.put(response.acceptedId(), "POST");
        watching.forEach(CountDownLatch::countDown);
      } else {
        failures.add(node.url() + ": " + response.status() + " " + response.text());
      }
    } catch (IOException failed) {
      failures.add(node.url() + ": " + failed);
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
  }

  /// Waits until this many further calls were accepted.
  void awaitAccepted(int more) throws InterruptedException {
    var latch = new CountDownLatch(more);
    watching.add(latch);
    if (!latch.await(ACCEPTED_SECONDS_MAX, TimeUnit.SECONDS)) {
      throw new AssertionError("no " + more + " calls were accepted; failures: " + failures);
    }
    watching.remove(latch);
  }

  /// Stops submitting and waits for responses in flight.
  ///
  /// @return the accepted operations: the method by id
  Map<String, String> stop() {
    timer.close();
    callers.close();
    return Map.copyOf(accepted);
  }

  /// The calls without a 202.
  List<String> failures() {
    return List.copyOf(failures);
  }

  @Override
  public void close() {
    timer.shutdownNow();
    callers.shutdownNow();
  }
}
