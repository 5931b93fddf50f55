package dev.backlane.engine.execution;

import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.store.OperationStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The leases of this process: issues them, counts the operations under each, and renews all of
/// them together. Each lease has a token of its own, so that an operation which the store started
/// without this process learning of it can be distinguished from one that is in flight.
/// Thread-safe.
final class Leases {
  private static final Logger LOG = LoggerFactory.getLogger(Leases.class);

  /// Renewals within the lifetime of a lease, at least: two may fail before the lease expires.
  private static final int RENEWALS_PER_LEASE = 3;

  /// The holder regards a lease as expired this share of its lifetime before others do, so that it
  /// can abort its attempts in time.
  private static final int MARGIN_SHARE = 10;

  /// A dead process's operations are to be taken over within 15 s. A lease of 10 s leaves 5 s: one
  /// check, and the time to settle them.
  private static final Duration CHECK_INTERVAL_MAX = Duration.ofSeconds(2);

  /// After a failed check: the store may be available again at any moment, and refuses at once
  /// while it is not.
  private static final Duration CHECK_AGAIN_AFTER = Duration.ofSeconds(1);

  /// For how long after an outage of the store an expired lease proves nothing: the other processes
  /// notice within 2 s that the store is available, and then renew, and store the outcomes of their
  /// attempts, within [#CHECK_AGAIN_AFTER].
  private static final Duration GRACE_MAX = Duration.ofSeconds(3);

  private final OperationStore store;
  private final InstantSource clock;
  private final String holder;
  private final Duration lifetime;
  private final AtomicLong tokens = new AtomicLong();

  /// The number of operations that are, or may be, in flight here under each token.
  private final Map<Long, Integer> open = new ConcurrentHashMap<>();

  private volatile Instant aliveUntil = Instant.MIN;

  /// Until then expired leases of other processes are ignored; [Instant#MAX] since a renewal failed
  /// or came too late.
  private volatile Instant graceUntil = Instant.MAX;

  /// Leases up to this token were issued before a renewal that came too late: others may have taken
  /// over their operations.
  private volatile long lapsedToken;

  private volatile boolean left;

  /// @param lifetime after which others may take over the operations of this process, unless it
  ///     renews
  Leases(OperationStore store, InstantSource clock, String holder, Duration lifetime) {
    this.store = store;
    this.clock = clock;
    this.holder = holder;
    this.lifetime = lifetime;
  }

  String holder() {
    return holder;
  }

  /// Issues a lease for operations that are about to be started. To be closed for each that is not
  /// started, and for each whose attempt has ended.
  Lease next(int operations) {
    long token = tokens.incrementAndGet();
    open.put(token, operations);
    return new Lease(holder, token);
  }

  /// Subtracts a number of operations from a lease.
  void close(Lease lease, int operations) {
    open.computeIfPresent(
        lease.token(), (_, count) -> count > operations ? count - operations : null);
  }

  /// Whether operations are, or may be, in flight here under a lease of this process.
  boolean inUse(Lease lease) {
    return open.containsKey(lease.token());
  }

  /// Whether no other process can have taken over what this process starts now.
  boolean alive() {
    return !left && clock.instant().isBefore(aliveUntil);
  }

  /// Whether no other process can have taken over the operations of a lease.
  boolean holds(Lease lease) {
    return alive() && lease.token() > lapsedToken;
  }

  /// Whether this process has given up its leases.
  boolean left() {
    return left;
  }

  /// Whether expired leases of other processes are ignored. A process that could not renew for a
  /// while first gives the others the time to renew too.
  boolean inGrace() {
    return clock.instant().isBefore(graceUntil);
  }

  /// How long to wait before the next check: not beyond the end of the lease, at which attempts are
  /// aborted, nor beyond the end of the grace period.
  Duration checkInterval() {
    var now = clock.instant();
    var interval = shorter(lifetime.dividedBy(RENEWALS_PER_LEASE), CHECK_INTERVAL_MAX);
    if (graceUntil.equals(Instant.MAX)) {
      interval = shorter(interval, CHECK_AGAIN_AFTER);
    } else if (graceUntil.isAfter(now)) {
      interval = shorter(interval, Duration.between(now, graceUntil));
    }
    return aliveUntil.isAfter(now)
        ? shorter(interval, Duration.between(now, aliveUntil))
        : interval;
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /// Renews for the first time, without a grace period: every live process has renewed or is about
  /// to.
  void begin() {
    renew();
    graceUntil = clock.instant();
  }

  /// Renews all leases of this process.
  ///
  /// @return the holders whose leases are valid
  /// @throws dev.backlane.engine.store.StoreException if the store is unavailable
  Set<String> renew() {
    var now = clock.instant();
    var alive = store.renew(holder, lifetime, now);
    if (left) {
      // The renewal was in flight when this process left, and may have been committed after it.
      store.leave(holder);
    }
    var renewedAt = clock.instant();
    if (!renewedAt.isBefore(aliveUntil)) {
      // Before the process counts as alive again, so that nothing older is sent.
      lapsedToken = tokens.get();
      // What delayed this renewal may have delayed the others' too.
      graceUntil = Instant.MAX;
    }
    aliveUntil = now.plus(lifetime).minus(lifetime.dividedBy(MARGIN_SHARE));
    if (graceUntil.equals(Instant.MAX)) {
      graceUntil = renewedAt.plus(shorter(lifetime, GRACE_MAX));
    }
    return alive;
  }

  /// Records that a check failed because the store is unavailable.
  void storeUnavailable() {
    graceUntil = Instant.MAX;
  }

  /// Gives up the leases, so that no process waits for them to expire. To be called when nothing is
  /// in flight any more; nothing is sent afterwards.
  void leave() {
    left = true;
    try {
      store.leave(holder);
    } catch (RuntimeException failure) {
      LOG.warn(
          "The leases of this process could not be given up; they expire by themselves", failure);
    }
  }
}
