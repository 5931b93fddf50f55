package dev.backlane.engine.execution.leases;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.store.Heartbeat;
import dev.backlane.engine.store.OperationStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
/// 3. **Renew:** one thread renews all leases together ([#renew]), and does nothing else.
/// 4. **Expire:** if no renewal succeeds in time, nothing is sent until the next one ([#alive]).
///    Operations under the leases that expired are not sent at all ([#holds]).
/// 5. **Observe:** each renewal shows which other processes have renewed theirs ([Silences]); a
///    process that was silent for the whole lifetime of its lease is dead ([#dead]).
/// 6. **Release:** a drained process releases its leases ([#release]).
///
/// All times are measured with the monotonic clock of this machine. Thread-safe.
public final class Leases {
  private static final Logger LOG = LoggerFactory.getLogger(Leases.class);

  /// The fewest renewals within the lifetime of a lease: four may fail before it expires.
  private static final int RENEWALS_PER_LEASE = 5;

  /// The holder treats a lease as expired a tenth of its lifetime before other processes do, so
  /// that it can abort its attempts in time.
  private static final int MARGIN_SHARE = 10;

  /// The longest wait between two renewals. The operations of a dead process must be taken over
  /// within 15 s: a lease of 10 s leaves 2 s until its last renewal is seen, and 3 s for an outage
  /// of the store and for settling them.
  private static final Duration RENEWAL_INTERVAL_MAX = Duration.ofSeconds(2);

  /// The longest wait after a failed renewal: the store may be available again at any moment, and a
  /// call to an unavailable store fails at once.
  private static final Duration RENEW_AGAIN_AFTER = Duration.ofSeconds(1);

  private final OperationStore store;
  private final Threads threads;
  private final String holder;
  private final Duration lifetime;
  private final Duration interval;
  private final Silences silences;
  private final AtomicLong tokens = new AtomicLong();

  /// The number of operations that are, or may be, in flight here under each token.
  private final Map<Long, Integer> operationsByToken = new ConcurrentHashMap<>();

  private volatile long aliveUntilNanos;
  private volatile boolean begun;
  private volatile boolean failing;

  /// Leases up to this token had expired before they were renewed: other processes may have taken
  /// over their operations.
  private volatile long lapsedToken;

  private volatile List<Heartbeat> dead = List.of();
  private volatile boolean released;

  /// @param lifetime how long a lease is valid after its last renewal
  public Leases(OperationStore store, Threads threads, String holder, Duration lifetime) {
    this.store = store;
    this.threads = threads;
    this.holder = holder;
    this.lifetime = lifetime;
    this.interval = Silences.shorter(lifetime.dividedBy(RENEWALS_PER_LEASE), RENEWAL_INTERVAL_MAX);
    // One and a half times the interval: a late renewal counts in full, an outage does not.
    this.silences = new Silences(interval.multipliedBy(3).dividedBy(2));
  }

  /// The name of this process in the store.
  public String holder() {
    return holder;
  }

  /// Issues a lease for operations that are about to be started. The caller closes it for each that
  /// is not started, and for each whose attempt has ended.
  public Lease next(int operations) {
    long token = tokens.incrementAndGet();
    operationsByToken.put(token, operations);
    return new Lease(holder, token);
  }

  /// Subtracts a number of operations from a lease.
  public void close(Lease lease, int operations) {
    operationsByToken.computeIfPresent(
        lease.token(), (_, count) -> count > operations ? count - operations : null);
  }

  /// Whether operations are, or may be, in flight here under a lease of this process.
  public boolean inUse(Lease lease) {
    return operationsByToken.containsKey(lease.token());
  }

  /// Whether the leases of this process are valid: no other process takes over an operation that is
  /// started now.
  public boolean alive() {
    return !released && begun && threads.nanoTime() - aliveUntilNanos < 0;
  }

  /// Whether no other process can have taken over the operations of a lease.
  public boolean holds(Lease lease) {
    return alive() && lease.token() > lapsedToken;
  }

  /// Whether this process has released its leases.
  public boolean released() {
    return released;
  }

  /// The other processes that have not renewed their leases for the lifetime of these, with their
  /// last renewals, as of the last renewal of this process.
  public List<Heartbeat> dead() {
    return dead;
  }

  /// The wait between two checks for operations that can be taken over.
  public Duration checkInterval() {
    return interval;
  }

  /// Renews all leases of this process, and observes those of others. Called by one thread at a
  /// time.
  ///
  /// @return false if another process had ended these leases: it may have taken over operations
  ///     whose attempts are in flight here
  /// @throws dev.backlane.engine.store.failure.StoreException if the store is unavailable
  public boolean renew() {
    failing = true;
    long sentNanos = threads.nanoTime();
    var renewal = store.renew(holder, lifetime, silences.longerThan(interval));
    if (released) {
      // The renewal was in flight during the release, and may have been committed after it.
      store.leave(holder);
    }
    long receivedNanos = threads.nanoTime();
    boolean ended = begun && !renewal.continued();
    if (!renewal.continued() || !begun || receivedNanos - aliveUntilNanos >= 0) {
      // Set before `aliveUntilNanos`, so that no attempt under an older lease is sent.
      lapsedToken = tokens.get();
    }
    aliveUntilNanos = sentNanos + lifetime.minus(lifetime.dividedBy(MARGIN_SHARE)).toNanos();
    begun = true;
    silences.observe(renewal.others(), sentNanos, receivedNanos);
    dead = silences.dead();
    failing = false;
    return !ended;
  }

  /// The wait before the next renewal. It ends no later than the lease, since its expiry aborts
  /// attempts, and no later than the lease of the next process that may be dead.
  public Duration renewalInterval() {
    var wait = failing ? Silences.shorter(interval, RENEW_AGAIN_AFTER) : interval;
    long left = aliveUntilNanos - threads.nanoTime();
    if (begun && left > 0) {
      wait = Silences.shorter(wait, Duration.ofNanos(left));
    }
    return failing ? wait : silences.untilDead(wait);
  }

  /// Releases the leases, so that other processes need not wait for them to expire. Called when no
  /// attempt is in flight; none is sent afterwards.
  public void release() {
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
