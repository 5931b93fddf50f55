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

/// The leases of this process, from issue to release:
///
/// 1. **Issue:** each claim and each accepted start gets a lease with its own token ([#next]). The
///    token shows whether an operation is in flight here, or was started by a commit that was
///    reported as failed ([#inUse]).
/// 2. **Count:** each operation that is not started, or whose attempt has ended, is subtracted from
///    its lease ([#close]).
/// 3. **Renew:** the lease check renews all leases together ([#renew]).
/// 4. **Expire:** if no renewal succeeds in time, nothing is sent until the next one ([#alive]).
///    Operations under the leases that expired are not sent at all ([#holds]).
/// 5. **Grace period:** after an outage of the store, expired leases of other processes are ignored
///    for a time ([#inGrace]).
/// 6. **Release:** a drained process releases its leases ([#release]).
///
/// Thread-safe.
final class Leases {
  private static final Logger LOG = LoggerFactory.getLogger(Leases.class);

  /// The fewest renewals within the lifetime of a lease: two may fail before it expires.
  private static final int RENEWALS_PER_LEASE = 3;

  /// The holder treats a lease as expired a tenth of its lifetime before other processes do, so
  /// that it can abort its attempts in time.
  private static final int MARGIN_SHARE = 10;

  /// The longest wait between two checks. The operations of a dead process must be taken over
  /// within 15 s: a lease of 10 s leaves 5 s for one check and for settling them.
  private static final Duration CHECK_INTERVAL_MAX = Duration.ofSeconds(2);

  /// The longest wait after a failed check: the store may be available again at any moment, and a
  /// call to an unavailable store fails at once.
  private static final Duration CHECK_AGAIN_AFTER = Duration.ofSeconds(1);

  /// The longest grace period after an outage of the store. The other processes notice within 2 s
  /// that the store is available, and then renew their leases and store the outcomes of their
  /// attempts within [#CHECK_AGAIN_AFTER].
  private static final Duration GRACE_MAX = Duration.ofSeconds(3);

  private final OperationStore store;
  private final InstantSource clock;
  private final String holder;
  private final Duration lifetime;
  private final AtomicLong tokens = new AtomicLong();

  /// The number of operations that are, or may be, in flight here under each token.
  private final Map<Long, Integer> operationsByToken = new ConcurrentHashMap<>();

  private volatile Instant aliveUntil = Instant.MIN;

  /// The end of the grace period. [Instant#MAX] until the first renewal, and from a failed check
  /// until the next renewal.
  private volatile Instant graceUntil = Instant.MAX;

  /// Leases up to this token had expired before they were renewed: other processes may have taken
  /// over their operations.
  private volatile long lapsedToken;

  private volatile boolean released;

  /// @param lifetime how long a lease is valid after its last renewal
  Leases(OperationStore store, InstantSource clock, String holder, Duration lifetime) {
    this.store = store;
    this.clock = clock;
    this.holder = holder;
    this.lifetime = lifetime;
  }

  String holder() {
    return holder;
  }

  /// Issues a lease for operations that are about to be started. The caller closes it for each that
  /// is not started, and for each whose attempt has ended.
  Lease next(int operations) {
    long token = tokens.incrementAndGet();
    operationsByToken.put(token, operations);
    return new Lease(holder, token);
  }

  /// Subtracts a number of operations from a lease.
  void close(Lease lease, int operations) {
    operationsByToken.computeIfPresent(
        lease.token(), (_, count) -> count > operations ? count - operations : null);
  }

  /// Whether operations are, or may be, in flight here under a lease of this process.
  boolean inUse(Lease lease) {
    return operationsByToken.containsKey(lease.token());
  }

  /// Whether the leases of this process are valid: no other process takes over an operation that is
  /// started now.
  boolean alive() {
    return !released && clock.instant().isBefore(aliveUntil);
  }

  /// Whether no other process can have taken over the operations of a lease.
  boolean holds(Lease lease) {
    return alive() && lease.token() > lapsedToken;
  }

  /// Whether this process has released its leases.
  boolean released() {
    return released;
  }

  /// Whether expired leases of other processes are ignored. After a process could not renew for a
  /// time, it leaves the others the time to renew too.
  boolean inGrace() {
    return clock.instant().isBefore(graceUntil);
  }

  /// The wait before the next check. It ends no later than the lease, since its expiry aborts
  /// attempts, and no later than the grace period.
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

  /// Renews for the first time, without a grace period: at the start of a process, every other live
  /// process is assumed to renew in time.
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
    if (released) {
      // The renewal was in flight during the release, and may have been committed after it.
      store.leave(holder);
    }
    var renewedAt = clock.instant();
    if (!renewedAt.isBefore(aliveUntil)) {
      // Set before `aliveUntil`, so that no attempt under an older lease is sent.
      lapsedToken = tokens.get();
      // The same cause may have delayed the renewals of other processes.
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

  /// Releases the leases, so that other processes need not wait for them to expire. Called when no
  /// attempt is in flight; none is sent afterwards.
  void release() {
    released = true;
    try {
      store.leave(holder);
    } catch (RuntimeException failure) {
      LOG.warn(
          "The leases of this process could not be released; they expire {} after their last renewal",
          lifetime,
          failure);
    }
  }
}
