package dev.backlane.engine.notification;

import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// The concurrency permits of deliveries: limited in total, per tenant and per receiver. A receiver
/// gets one attempt at a time until one has succeeded, so that receivers that do not respond occupy
/// few permits. The limit per receiver is for the receiver's sake: an attempt counts for it until
/// the receiver has responded ([#responded]), and for the others until its outcome is stored.
///
/// Each receiver has a circuit breaker (Nygard, "Release It!"):
///
/// | state | entered after | permits |
/// | --- | --- | --- |
/// | closed | a success | up to the limit per receiver |
/// | open | [#FAILURES_MAX] failures in a row | none, for 10 s doubling to 5 min |
/// | half open | the open time | one at a time; a failure opens the circuit again |
///
/// Attempts that an operator requested are exempt from all of this, within limits of their own.
///
/// Thread-safe.
final class ReceiverPermits implements Permits {
  /// Failures in a row after which a receiver's circuit breaker opens.
  static final int FAILURES_MAX = 5;

  private static final Duration OPEN_MIN = Duration.ofSeconds(10);
  private static final Duration OPEN_MAX = Duration.ofMinutes(5);

  /// How long failures are counted after the last one; afterwards the circuit breaker is closed.
  private static final Duration FAILURES_KEPT = Duration.ofHours(1);

  /// The most receivers whose last attempt is known to have succeeded. Beyond it, the receiver with
  /// the oldest success is limited to one permit again.
  private static final int PROVEN_MAX = 10_000;

  /// Urgent attempts in flight, at most; they are not counted in the other limits.
  private static final int URGENT_MAX = 16;

  /// Of these, to one receiver.
  private static final int URGENT_PER_RECEIVER_MAX = 4;

  private record Failures(int inARow, Instant last, Instant openUntil) {}

  private final int max;
  private final int perTenantMax;
  private final int perReceiverMax;
  private final InstantSource clock;
  private final Map<String, Integer> receivers = new HashMap<>();
  private final Map<String, Integer> tenants = new HashMap<>();
  private final Map<String, Integer> urgent = new HashMap<>();
  private final Map<String, Failures> failing = new HashMap<>();
  private final Set<String> proven =
      Collections.newSetFromMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
              return size() > PROVEN_MAX;
            }
          });
  private int taken;

  ReceiverPermits(int max, int perTenantMax, int perReceiverMax, InstantSource clock) {
    this.max = max;
    this.perTenantMax = perTenantMax;
    this.perReceiverMax = perReceiverMax;
    this.clock = clock;
  }

  @Override
  public synchronized boolean tryAcquire(QueueKey key) {
    if (!hasPermit(key)) {
      return false;
    }
    taken++;
    receivers.merge(key.owner(), 1, Integer::sum);
    tenants.merge(key.lane(), 1, Integer::sum);
    return true;
  }

  @Override
  public synchronized void release(QueueKey key) {
    responded(key);
    settled(key);
  }

  /// Releases the part of a permit that limits the attempts at a receiver. Followed by [#settled].
  synchronized void responded(QueueKey key) {
    receivers.computeIfPresent(key.owner(), (_, count) -> count == 1 ? null : count - 1);
  }

  /// Releases the rest of a permit.
  synchronized void settled(QueueKey key) {
    taken--;
    tenants.computeIfPresent(key.lane(), (_, count) -> count == 1 ? null : count - 1);
  }

  @Override
  public synchronized boolean hasPermit(QueueKey key) {
    return taken < max
        && tenants.getOrDefault(key.lane(), 0) < perTenantMax
        && receivers.getOrDefault(key.owner(), 0) < maxOf(key.owner());
  }

  private int maxOf(String receiver) {
    var failures = failing.get(receiver);
    if (failures == null || failures.inARow() < FAILURES_MAX) {
      return proven.contains(receiver) ? perReceiverMax : 1;
    }
    return clock.instant().isBefore(failures.openUntil()) ? 0 : 1;
  }

  /// Acquires a permit that no limit and no circuit breaker refuses, for an attempt that an
  /// operator requested: a probe, whose result counts for the circuit breaker as any other.
  ///
  /// @return false if too many of them are in flight
  synchronized boolean tryAcquireUrgent(String receiver) {
    int all = urgent.values().stream().mapToInt(Integer::intValue).sum();
    if (all >= URGENT_MAX || urgent.getOrDefault(receiver, 0) >= URGENT_PER_RECEIVER_MAX) {
      return false;
    }
    urgent.merge(receiver, 1, Integer::sum);
    return true;
  }

  synchronized void releaseUrgent(String receiver) {
    urgent.computeIfPresent(receiver, (_, count) -> count == 1 ? null : count - 1);
  }

  /// When the circuit breaker of a receiver permits an attempt that is due at a time.
  synchronized Instant permitted(String receiver, Instant dueAt) {
    var failures = failing.get(receiver);
    return failures == null || !failures.openUntil().isAfter(dueAt) ? dueAt : failures.openUntil();
  }

  synchronized int free() {
    return max - taken;
  }

  /// Attempts in flight.
  synchronized int taken() {
    return taken + urgent.values().stream().mapToInt(Integer::intValue).sum();
  }

  /// Receivers whose circuit breaker is open.
  synchronized int openCircuits() {
    var now = clock.instant();
    return (int) failing.values().stream().filter(each -> now.isBefore(each.openUntil())).count();
  }

  /// Records an attempt that succeeded.
  ///
  /// @return whether this closed the circuit breaker
  synchronized boolean succeeded(String receiver) {
    var failures = failing.remove(receiver);
    proven.remove(receiver);
    proven.add(receiver);
    return failures != null && failures.inARow() >= FAILURES_MAX;
  }

  /// Records a failed attempt.
  ///
  /// @param startedAt when the attempt started; it is not counted if it was in flight when another
  ///     attempt failed
  /// @return whether this opened the circuit breaker, which was closed
  synchronized boolean failed(String receiver, Instant startedAt) {
    proven.remove(receiver);
    var previous = failing.get(receiver);
    if (previous != null && startedAt.isBefore(previous.last())) {
      return false;
    }
    var now = clock.instant();
    int inARow = previous == null ? 1 : previous.inARow() + 1;
    failing.put(receiver, new Failures(inARow, now, now.plus(openFor(inARow))));
    return inARow == FAILURES_MAX;
  }

  private static Duration openFor(int inARow) {
    if (inARow < FAILURES_MAX) {
      return Duration.ZERO;
    }
    // 10 s, 20 s, 40 s, 80 s, 160 s, 5 min.
    var wait = OPEN_MIN.multipliedBy(1L << Math.min(inARow - FAILURES_MAX, 5));
    return wait.compareTo(OPEN_MAX) > 0 ? OPEN_MAX : wait;
  }

  /// Removes failures older than [#FAILURES_KEPT], so that memory is bounded by the receivers that
  /// failed within that time.
  synchronized void pruneOldFailures() {
    var cutoff = clock.instant().minus(FAILURES_KEPT);
    failing.values().removeIf(failures -> failures.last().isBefore(cutoff));
  }
}
