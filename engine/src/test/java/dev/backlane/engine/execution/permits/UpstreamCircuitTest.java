package dev.backlane.engine.execution.permits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.background.ScriptedThreads;
import dev.backlane.engine.operation.Obstacle;
import dev.backlane.engine.operation.Outage;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.operation.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class UpstreamCircuitTest {
  private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");
  private static final Verdict RESPONDED =
      new Verdict.Responded(new Response(500, List.of(), 0), Optional.empty());

  private final ScriptedThreads threads = new ScriptedThreads(0);
  private final UpstreamCircuit circuit =
      new UpstreamCircuit(threads, InstantSource.fixed(NOW), new SplittableRandom(1), () -> 7);

  private static Verdict notSent(Obstacle obstacle) {
    return new Verdict.NotSent(obstacle, "refused");
  }

  private void fail(int times) {
    for (int each = 0; each < times; each++) {
      threads.advance(Duration.ofMillis(1));
      circuit.ended(threads.nanoTime(), notSent(Obstacle.UPSTREAM_UNREACHABLE));
    }
  }

  private int free() {
    return circuit.free(0, 64);
  }

  /// Waits for the next probe, and starts it.
  private Duration awaitProbe() {
    var waited = Duration.ZERO;
    for (; free() == 0; waited = waited.plusMillis(10)) {
      threads.advance(Duration.ofMillis(10));
    }
    circuit.started();
    return waited;
  }

  @Test
  void opensAfterFailuresInARow() {
    fail(UpstreamCircuit.FAILURES_MAX - 1);
    circuit.ended(threads.nanoTime(), RESPONDED);
    fail(UpstreamCircuit.FAILURES_MAX - 1);
    assertThat(circuit.outage()).isEmpty();
    fail(1);
    assertThat(circuit.outage()).contains(new Outage(NOW, "refused"));
    assertThat(free()).isZero();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "UPSTREAM_UNREACHABLE")
  void otherObstaclesDoNotOpenIt(Obstacle obstacle) {
    for (int each = 0; each < 100; each++) {
      circuit.ended(threads.nanoTime(), notSent(obstacle));
    }
    assertThat(circuit.outage()).isEmpty();
  }

  @Test
  void probesAtGrowingIntervals() {
    fail(UpstreamCircuit.FAILURES_MAX);
    var waits = new ArrayList<Duration>();
    for (int each = 0; each < 20; each++) {
      waits.add(awaitProbe());
      assertThat(free()).as("a second probe").isZero();
      fail(1);
    }
    assertThat(waits.getFirst()).isBetween(Duration.ofMillis(490), Duration.ofMillis(1010));
    assertThat(waits.getLast()).isBetween(Duration.ofMillis(7490), Duration.ofMillis(15_010));
    assertThat(waits)
        .allSatisfy(wait -> assertThat(wait).isLessThanOrEqualTo(Duration.ofMillis(15_010)));
  }

  @Test
  void aProbeThatIsNotMadeIsReplacedAtOnce() {
    fail(UpstreamCircuit.FAILURES_MAX);
    awaitProbe();
    circuit.unused();
    assertThat(free()).isEqualTo(1);
  }

  @Test
  void aConnectionOfAProbeClosesItBeforeTheResponse() {
    fail(UpstreamCircuit.FAILURES_MAX);
    awaitProbe();
    assertThat(circuit.reached(threads.nanoTime())).isTrue();
    assertThat(circuit.outage()).isEmpty();
    assertThat(circuit.reached(threads.nanoTime())).as("closed once").isFalse();
  }

  @Test
  void responsesToEarlierAttemptsDoNotCloseIt() {
    long before = threads.nanoTime();
    fail(UpstreamCircuit.FAILURES_MAX);
    assertThat(circuit.ended(before, RESPONDED)).isFalse();
    assertThat(circuit.outage()).isPresent();
  }

  @Test
  void failuresOfEarlierAttemptsDoNotDelayTheProbe() {
    long before = threads.nanoTime();
    fail(UpstreamCircuit.FAILURES_MAX);
    threads.advance(Duration.ofSeconds(1));
    circuit.ended(before, notSent(Obstacle.UPSTREAM_UNREACHABLE));
    assertThat(free()).isEqualTo(1);
  }

  @Test
  void doublesTheLimitEachSecondAfterwards() {
    fail(UpstreamCircuit.FAILURES_MAX);
    awaitProbe();
    circuit.reached(threads.nanoTime());
    var limits = new ArrayList<Integer>();
    for (int each = 0; each < 6; each++) {
      limits.add(circuit.limit(64));
      threads.advance(Duration.ofSeconds(1));
    }
    assertThat(limits).containsExactly(4, 8, 16, 32, 64, 64);
  }
}
