package dev.backlane.engine.execution;

import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.store.LeasedOperation;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps this process's leases alive, and takes over what is running under a lease that is not. Each lease has a token of its
/// own, so that an operation which the store started, without this process learning of it, is told from one that is under way.
/// Thread-safe.
final class LeaseKeeper {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseKeeper.class);

  /// Renewals in one life of a lease, at least: two may fail before it is over.
  private static final int RENEWALS_PER_LEASE = 3;

  /// A tenth of its life before others take a lease for over, its holder does, so that it can break off in time.
  private static final int MARGIN_SHARE = 10;

  /// What a lease of 10 s leaves of the 15 s within which a dead process's operations are to be taken over is 5 s: one look,
  /// and time to settle them.
  private static final Duration LOOK_INTERVAL_MAX = Duration.ofSeconds(2);

  /// After a look that failed: the store may be back at any moment, and refuses at once while it is not.
  private static final Duration LOOK_AGAIN_AFTER = Duration.ofSeconds(1);

  /// How long after the store was away the others' silence says nothing: they find out within 2 s that it is back, and then
  /// renew, and offer what their attempts have brought, within [#LOOK_AGAIN_AFTER].
  private static final Duration GRACE_MAX = Duration.ofSeconds(3);

  private final OperationStore store;
  private final Worker worker;
  private final InstantSource clock;
  private final String holder;
  private final Duration lifetime;
  private final AtomicLong tokens = new AtomicLong();

  /// How many operations are, or may be, under way here under each token.
  private final Map<Long, Integer> open = new ConcurrentHashMap<>();

  private volatile Instant aliveUntil = Instant.MIN;

  /// From when on silence of others counts; [Instant#MAX] since a renewal failed or came too late.
  private volatile Instant judgesFrom = Instant.MAX;

  /// Leases up to this token were made before a renewal that came too late: others may have taken over what runs under them.
  private volatile long lapsedToken;

  private volatile boolean left;

  /// @param lifetime after which others may take over what this process runs, unless it was renewed
  LeaseKeeper(
      OperationStore store, Worker worker, InstantSource clock, String holder, Duration lifetime) {
    this.store = store;
    this.worker = worker;
    this.clock = clock;
    this.holder = holder;
    this.lifetime = lifetime;
  }

  /// A lease for operations that are about to be started; close it for each that is not, and once each has been worked on.
  Lease next(int operations) {
    long token = tokens.incrementAndGet();
    open.put(token, operations);
    return new Lease(holder, token);
  }

  /// Ends the work on `operations` of a lease.
  void close(Lease lease, int operations) {
    open.computeIfPresent(
        lease.token(), (_, count) -> count > operations ? count - operations : null);
  }

  /// Tells whether nobody else can have taken over what this process runs.
  boolean alive() {
    return !left && clock.instant().isBefore(aliveUntil);
  }

  /// Tells whether nobody else can have taken over what runs under a lease.
  boolean holds(Lease lease) {
    return alive() && lease.token() > lapsedToken;
  }

  /// How long to wait before the next look: not beyond the end of the lease, when attempts are to be broken off, nor beyond
  /// the time from which on others are judged.
  Duration interval() {
    var now = clock.instant();
    var interval = shorter(lifetime.dividedBy(RENEWALS_PER_LEASE), LOOK_INTERVAL_MAX);
    if (judgesFrom.equals(Instant.MAX)) {
      interval = shorter(interval, LOOK_AGAIN_AFTER);
    } else if (judgesFrom.isAfter(now)) {
      interval = shorter(interval, Duration.between(now, judgesFrom));
    }
    return aliveUntil.isAfter(now)
        ? shorter(interval, Duration.between(now, aliveUntil))
        : interval;
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /// Takes over what the last process left behind.
  ///
  /// @throws StoreException if the store cannot tell or take it
  void begin() {
    renewed();
    // Whoever lives has renewed or is about to.
    judgesFrom = clock.instant();
    int taken = takeOver();
    if (taken > 0) {
      LOG.info(
          "{} operations were under way when their process ended; each is repeated or told as unknown",
          taken);
    }
  }

  /// Renews, and looks for leases that are over. A process that could not renew for a while does not judge others by their
  /// silence before they too had the time to renew, and to tell what they know.
  void look() {
    if (left) {
      return;
    }
    try {
      int taken = takeOver();
      if (taken > 0) {
        LOG.warn("{} operations that nobody works on any more were taken over", taken);
      }
    } catch (StoreException refused) {
      judgesFrom = Instant.MAX;
      LOG.warn("leases cannot be renewed at present: {}", refused.getMessage());
      if (!alive()) {
        worker.abortAll();
      }
    } catch (RuntimeException broken) {
      // Without renewals everything would stand still.
      LOG.error("the leases could not be looked after; they are again", broken);
    }
  }

  /// Ends the leases, so that nobody waits for them to run out. To be called when nothing is under way any more; nothing is
  /// sent from then on.
  void leave() {
    left = true;
    try {
      store.leave(holder);
    } catch (StoreException refused) {
      LOG.warn("the leases of this process last until they run out: {}", refused.getMessage());
    } catch (RuntimeException broken) {
      LOG.error("the leases of this process last until they run out", broken);
    }
  }

  private Set<String> renewed() {
    var now = clock.instant();
    var alive = store.renew(holder, lifetime, now);
    if (left) {
      // The renewal was under way when this process left, and may have come after it.
      store.leave(holder);
    }
    var answeredAt = clock.instant();
    if (!answeredAt.isBefore(aliveUntil)) {
      // Before this process takes itself for alive again, so that nothing older is sent.
      lapsedToken = tokens.get();
      // What kept this renewal may have kept the others' too.
      judgesFrom = Instant.MAX;
    }
    aliveUntil = now.plus(lifetime).minus(lifetime.dividedBy(MARGIN_SHARE));
    if (judgesFrom.equals(Instant.MAX)) {
      judgesFrom = answeredAt.plus(shorter(lifetime, GRACE_MAX));
    }
    return alive;
  }

  private int takeOver() {
    // In this order: what is started after it was asked is not told yet, and whoever started what
    // is told renewed before.
    var attempts = worker.underWay();
    var running = store.held(holder);
    var alive = renewed();
    abortLost(attempts, running);
    boolean judgesOthers = !clock.instant().isBefore(judgesFrom);
    int taken = 0;
    for (var held : running) {
      var lease = held.lease();
      boolean own = lease.holder().equals(holder);
      if (own && !open.containsKey(lease.token())) {
        taken += takeOver(held, worker::recoverOwn);
      } else if (!own && judgesOthers && !alive.contains(lease.holder())) {
        taken += takeOver(held, worker::settleAbandoned);
      }
    }
    return taken;
  }

  /// @param how takes the operation over; not called if it is not the run any more that was told
  /// @return how many were taken over: one or none
  private int takeOver(LeasedOperation held, Consumer<Operation> how) {
    var found = store.find(held.id()).filter(operation -> operation.version() == held.version());
    found.ifPresent(how);
    return found.isPresent() ? 1 : 0;
  }

  /// Breaks off attempts of operations that others have taken over or called off: what they bring cannot be settled.
  private static void abortLost(List<Attempt> attempts, List<LeasedOperation> running) {
    var versions =
        running.stream().collect(Collectors.toMap(LeasedOperation::id, LeasedOperation::version));
    for (var attempt : attempts) {
      var operation = attempt.operation();
      if (!Objects.equals(versions.get(operation.id()), operation.version())) {
        attempt.abort();
      }
    }
  }
}
