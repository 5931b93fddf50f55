package dev.backlane.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// The engine keeps its guarantees under every fault.
///
/// `-Dbacklane.simulator.minutes=60` continues with further seeds for an hour;
/// `-Dbacklane.simulator.seed=N` runs one seed.
final class SimulationTest {
  private static final int SEEDS = 10_000;
  private static final int THREADS = Math.max(2, Runtime.getRuntime().availableProcessors());

  /// A seed and the guarantees that it violates.
  private record Violated(long seed, List<String> violations) {}

  @Test
  void keepsEveryGuaranteeInEverySeed() throws Exception {
    long only = Long.getLong("backlane.simulator.seed", -1);
    if (only >= 0) {
      assertThat(Simulation.run(only)).as("seed " + only).isEmpty();
      return;
    }
    var duration = Duration.ofMinutes(Long.getLong("backlane.simulator.minutes", 0));
    long end = System.nanoTime() + duration.toNanos();
    var next = new AtomicLong(1);
    var violated = new AtomicReference<Optional<Violated>>(Optional.empty());
    try (var threads = Executors.newFixedThreadPool(THREADS)) {
      for (int i = 0; i < THREADS; i++) {
        threads.execute(() -> {
          while (violated.get().isEmpty()) {
            long seed = next.getAndIncrement();
            if (seed > SEEDS && System.nanoTime() > end) {
              return;
            }
            var violations = Simulation.run(seed);
            if (!violations.isEmpty()) {
              violated.compareAndSet(Optional.empty(), Optional.of(new Violated(seed, violations)));
            }
          }
        });
      }
    }
    assertThat(violated.get()).as("run it again with -Dbacklane.simulator.seed=SEED").isEmpty();
    System.out.println((next.get() - THREADS - 1) + " seeds: every guarantee kept");
  }

  @Test
  void aSeedDeterminesEveryEvent() {
    for (long seed = 1; seed <= 20; seed++) {
      assertThat(Simulation.history(seed)).isEqualTo(Simulation.history(seed));
    }
  }
}
