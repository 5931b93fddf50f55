package dev.backlane.benchmarks.history;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Operation;
import dev.backlane.store.postgres.PostgresStore;
import dev.backlane.store.testkit.Samples;
import dev.backlane.store.testkit.UnlimitedPermits;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/// Makes the store calls of a gateway and measures each: first from one caller, then from many
/// concurrently. No operation stays queued after a round. Not thread-safe.
final class StoreWork {
  private static final int ALONE = 10;
  private static final int TOGETHER = 128;
  private static final int CALLERS = 64;
  private static final int LISTS = 2;
  private static final int PAGE = 50;
  private static final UnlimitedPermits UNLIMITED = new UnlimitedPermits();

  private final PostgresStore store;
  private final Pattern pattern;
  private final Latencies latencies = new Latencies();
  private int keys;

  StoreWork(PostgresStore store) {
    this.store = store;
    this.pattern = new Pattern(store, 3);
  }

  Latencies latencies() {
    return latencies;
  }

  void round() {
    alone();
    together();
  }

  private static Caller caller(int number) {
    return Pattern.CALLERS.get(number % Pattern.CALLERS.size());
  }

  private void alone() {
    for (int i = 0; i < ALONE; i++) {
      var plain = pattern.queued(caller(i));
      latencies.of("accept", () -> pattern.accept(plain));
      var keyed = pattern.queued(caller(i));
      var key = "measured-" + keys++;
      latencies.of("accept with a key", () -> pattern.accept(keyed, key));
    }
    for (int left = 2 * ALONE; left > 0; left--) {
      var claimed = claim("claim of 1", 1).getFirst();
      end("end", claimed);
      latencies.of("find", () -> store.operations().find(claimed.id()));
    }
    for (int i = 0; i < LISTS; i++) {
      var listing = Samples.listing(caller(i), PAGE);
      latencies.of("list " + PAGE, () -> store.operations().list(listing));
    }
  }

  private void together() {
    var fresh = new ConcurrentLinkedQueue<Operation>();
    for (int i = 0; i < TOGETHER; i++) {
      fresh.add(pattern.queued(caller(i)));
    }
    byMany(fresh, each -> latencies.of("accept, 64 callers", () -> pattern.accept(each)));
    for (int left = TOGETHER; left > 0; ) {
      var claimed = claim("claim of " + CALLERS, CALLERS);
      left -= claimed.size();
      byMany(new ConcurrentLinkedQueue<>(claimed), each -> end("end, 64 callers", each));
    }
  }

  private List<Operation> claim(String name, int max) {
    var claimed = new ArrayList<Operation>();
    latencies.of(
        name,
        () ->
            claimed.addAll(
                store
                    .operations()
                    .claim(
                        max,
                        UNLIMITED,
                        Samples.LEASE,
                        store.sharing().orElseThrow().clock().instant())));
    if (claimed.isEmpty()) {
      throw new IllegalStateException("queued operations are not claimed");
    }
    return claimed;
  }

  private void end(String name, Operation claimed) {
    var delivery = new AtomicReference<Delivery>();
    latencies.of(name, () -> delivery.set(pattern.end(claimed)));
    pattern.deliver(delivery.get());
  }

  /// Processes each operation, with as many concurrent callers as [#CALLERS].
  private static void byMany(Queue<Operation> operations, Consumer<Operation> call) {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<Boolean> caller =
          () -> {
            for (var next = operations.poll(); next != null; next = operations.poll()) {
              call.accept(next);
            }
            return true;
          };
      for (var done : threads.invokeAll(Collections.nCopies(CALLERS, caller))) {
        done.get();
      }
    } catch (ExecutionException failed) {
      throw new IllegalStateException("the store refused a call", failed.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the store is measured", interrupted);
    }
  }
}
