package dev.backlane.engine.execution.permits;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.operation.Obstacle;
import dev.backlane.engine.operation.Outage;
import dev.backlane.engine.operation.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Stops attempts while the upstream cannot be reached, so that an outage is discovered once and
/// not by each operation (Nygard, "Release It!").
///
/// ```text
/// closed ──[#FAILURES_MAX] unreachable in a row──▶ open ──a probe reaches it──▶ ramp ──▶ closed
///                                                  │  ▲
///                                                  └──┘ a probe fails: 1 s, 2 s, ... 15 s
/// ```
///
/// - **Open:** no attempt starts except single probes. A probe is an operation that waits.
/// - **Reached:** a connection that was opened, or a response, closes the circuit; a probe that
///   runs for hours does not keep it open. Attempts that began before it opened are ignored: their
///   connections say nothing about new ones.
/// - **Ramp:** [#RAMP_FIRST] attempts may be in flight at first, and twice as many each second.
///
/// Thread-safe.
public final class UpstreamCircuit {
  private static final Logger LOG = LoggerFactory.getLogger(UpstreamCircuit.class);

  /// Attempts in a row that do not reach the upstream, after which the circuit opens.
  public static final int FAILURES_MAX = 5;

  /// The longest wait between two probes.
  public static final Duration PROBE_INTERVAL_MAX = Duration.ofSeconds(15);

  private static final Duration PROBE_INTERVAL_MIN = Duration.ofSeconds(1);

  /// How long a probe may neither reach the upstream nor fail before the next one starts; longer
  /// than any attempt to connect.
  private static final Duration PROBE_MAX = Duration.ofMinutes(1);

  /// How many attempts may be in flight just after an outage.
  private static final int RAMP_FIRST = 4;

  private static final int DOUBLINGS_MAX = 20;

  private final Threads threads;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final LongSupplier waiting;

  // Guarded by this.
  private int failuresInARow;
  private Instant failingSince = Instant.MAX;
  private @Nullable Outage outage;
  private long failingSinceNanos;
  private long openedNanos;
  private long nextProbeNanos;
  private int probesFailed;
  private boolean ramping;
  private long reachedNanos;

  /// @param random spreads the probes of several processes
  /// @param waiting the number of operations that wait, for log messages
  public UpstreamCircuit(
      Threads threads, InstantSource clock, RandomGenerator random, LongSupplier waiting) {
    this.threads = threads;
    this.clock = clock;
    this.random = random;
    this.waiting = waiting;
    this.reachedNanos = threads.nanoTime();
  }

  /// The present outage; empty unless the circuit is open.
  public synchronized Optional<Outage> outage() {
    return Optional.ofNullable(outage);
  }

  /// How many attempts may be started now.
  ///
  /// @param taken attempts in flight
  /// @param max attempts that may be in flight
  synchronized int free(int taken, int max) {
    int free = Math.max(0, limit(max) - taken);
    if (outage == null) {
      return free;
    }
    return Math.min(free, threads.nanoTime() - nextProbeNanos >= 0 ? 1 : 0);
  }

  /// How many attempts may be in flight, regardless of the wait for the next probe.
  synchronized int limit(int max) {
    if (!ramping || outage != null) {
      return max;
    }
    long seconds = (threads.nanoTime() - reachedNanos) / Duration.ofSeconds(1).toNanos();
    long limit = (long) RAMP_FIRST << Math.min(seconds, DOUBLINGS_MAX);
    ramping = limit < max;
    return (int) Math.min(max, limit);
  }

  /// Records that an attempt will start; while the circuit is open, it is the probe.
  synchronized void started() {
    if (outage != null) {
      nextProbeNanos = threads.nanoTime() + PROBE_MAX.toNanos();
    }
  }

  /// Records that an attempt that was announced by [#started] is not made: while the circuit is
  /// open, another operation may be the probe at once.
  synchronized void unused() {
    if (outage != null) {
      nextProbeNanos = threads.nanoTime();
    }
  }

  /// Records that an attempt has reached the upstream: it opened a connection, or has a response.
  ///
  /// @param startedNanos when it started
  /// @return whether this closed the circuit
  boolean reached(long startedNanos) {
    Duration failedFor;
    synchronized (this) {
      boolean open = outage != null;
      if (startedNanos - (open ? openedNanos : failingSinceNanos) < 0 && failuresInARow > 0) {
        return false;
      }
      failedFor = Duration.ofNanos(threads.nanoTime() - failingSinceNanos);
      failuresInARow = 0;
      outage = null;
      reachedNanos = open ? threads.nanoTime() : reachedNanos;
      ramping |= open;
      if (!open) {
        return false;
      }
    }
    LOG.info(
        "Upstream reachable again after {} s; {} operations waiting",
        failedFor.toSeconds(),
        waiting.getAsLong());
    return true;
  }

  /// Records the result of an attempt.
  ///
  /// @param startedNanos when it started
  /// @return whether this closed the circuit
  boolean ended(long startedNanos, Verdict verdict) {
    return switch (verdict) {
      case Verdict.NotSent(var obstacle, var cause)
          when obstacle == Obstacle.UPSTREAM_UNREACHABLE -> {
        unreachable(startedNanos, cause);
        yield false;
      }
      case Verdict.NotSent _, Verdict.Unusable _ -> {
        inconclusive(startedNanos);
        yield false;
      }
      case Verdict.Responded _, Verdict.Unknown _ -> reached(startedNanos);
    };
  }

  private void unreachable(long startedNanos, String cause) {
    Outage opened;
    synchronized (this) {
      var known = outage;
      if (known != null) {
        outage = new Outage(known.since(), cause);
        if (startedNanos - openedNanos >= 0) {
          probesFailed++;
          nextProbeNanos = threads.nanoTime() + probeInterval();
        }
        return;
      }
      if (startedNanos - reachedNanos < 0) {
        return;
      }
      if (failuresInARow == 0) {
        failingSince = clock.instant();
        failingSinceNanos = startedNanos;
      }
      failuresInARow++;
      if (failuresInARow < FAILURES_MAX) {
        return;
      }
      opened = new Outage(failingSince, cause);
      outage = opened;
      openedNanos = threads.nanoTime();
      probesFailed = 0;
      nextProbeNanos = openedNanos + probeInterval();
    }
    LOG.warn(
        "Upstream unreachable since {}, {} operations waiting: {}",
        opened.since(),
        waiting.getAsLong(),
        opened.cause());
  }

  /// An attempt that did not show whether the upstream can be reached.
  private synchronized void inconclusive(long startedNanos) {
    if (outage != null && startedNanos - openedNanos >= 0) {
      nextProbeNanos = threads.nanoTime() + probeInterval();
    }
  }

  /// From half to the whole of 1 s, 2 s, 4 s, 8 s, and then 15 s.
  private long probeInterval() {
    long doubled = PROBE_INTERVAL_MIN.toNanos() << Math.min(probesFailed, DOUBLINGS_MAX);
    long ceiling = Math.min(doubled, PROBE_INTERVAL_MAX.toNanos());
    return (long) (ceiling * (1 + random.nextDouble()) / 2);
  }
}
