package dev.backlane.store.rocksdb;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.store.content.Content;
import dev.backlane.store.testkit.Samples;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;

/// Measures durable accepts and completions per second with bodies of 1 KB. Not a test;
/// docs/performance.md describes how to run it.
final class StoreSpeed {
  private static final int SECONDS = 3;

  private StoreSpeed() {}

  public static void main(String[] args) throws Exception {
    var samples = new Samples(InstantSource.system(), 1);
    var body = new Content.Inline(Samples.bytes(1024, 1));
    var directory =
        Files.createTempDirectory(Path.of(args.length > 0 ? args[0] : "."), "store-speed-");
    try (var store = RocksStore.open(directory.resolve("data"))) {
      for (int callers : new int[] {64, 1, 64, 256}) {
        var accepted = new ConcurrentLinkedQueue<Operation>();
        long accepts =
            run(
                callers,
                () -> {
                  var operation = samples.started(Samples.LEASE);
                  store.operations().accept(operation, body, Optional.empty());
                  accepted.add(operation);
                  return true;
                });
        long settles =
            run(
                callers,
                () -> {
                  var operation = accepted.poll();
                  return operation != null
                      && store
                          .operations()
                          .replace(
                              operation, samples.finished(operation, 1024), body, Optional.empty());
                });
        System.out.printf("callers %d: %d accepts/s, %d settles/s%n", callers, accepts, settles);
      }
    }
    try (var files = Files.walk(directory)) {
      for (var file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private interface Step {
    boolean go();
  }

  private static void runUntil(Step step, long end, LongAdder done) {
    try {
      while (System.nanoTime() < end && step.go()) {
        done.increment();
      }
    } catch (Exception broken) {
      throw new IllegalStateException("a step of the measurement failed", broken);
    }
  }

  private static long run(int callers, Step step) throws Exception {
    long start = System.nanoTime();
    long end = start + SECONDS * 1_000_000_000L;
    var done = new LongAdder();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < callers; i++) {
        threads.execute(() -> runUntil(step, end, done));
      }
    }
    return done.sum() * 1_000_000_000L / (System.nanoTime() - start);
  }
}
