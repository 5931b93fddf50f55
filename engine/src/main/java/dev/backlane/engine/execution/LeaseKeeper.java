package dev.backlane.engine.execution;

import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.store.Held;
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

  /// Renewals in one life of a lease: two may fail before it is over.
  private static final int RENEWALS_PER_LEASE = 3;

  /// A tenth of its life before others take a lease for over, its holder does, so that it can break off in time.
  private static final int MARGIN_SHARE = 10;

  private static final Duration LOOK_INTERVAL_MAX = Duration.ofSeconds(3);

  private final OperationStore store;
  private final Worker worker;
  private final InstantSource clock;
  private final String holder;
  private final Duration lifetime;
  private final AtomicLong tokens = new AtomicLong();

  /// How many operations are, or may be, under way here under each token.
  private final Map<Long, Integer> open = new ConcurrentHashMap<>();

  private volatile Instant aliveUntil = Instant.MIN;
  private volatile Instant steadySince = Instant.MAX;

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

  /// How long to wait before the next look: not beyond the end of the lease, when attempts are to be broken off.
  Duration interval() {
    var share = lifetime.dividedBy(RENEWALS_PER_LEASE);
    var interval = share.compareTo(LOOK_INTERVAL_MAX) < 0 ? share : LOOK_INTERVAL_MAX;
    var left = Duration.between(clock.instant(), aliveUntil);
    return left.isPositive() && left.compareTo(interval) < 0 ? left : interval;
  }

  /// Takes over what the last process left behind.
  ///
  /// @throws StoreException if the store cannot tell or take it
  void begin() {
    renewed();
    int taken = takeOver(true);
    if (taken > 0) {
      LOG.info(
          "{} operations were under way when their process ended; each is repeated or told as unknown",
          taken);
    }
  }

  /// Renews, and looks for leases that are over. A process that could not renew for a while does not judge others by their
  /// silence before they too had the time to renew.
  void look() {
    if (left) {
      return;
    }
    try {
      boolean steady = Duration.between(steadySince, clock.instant()).compareTo(lifetime) >= 0;
      int taken = takeOver(steady);
      if (taken > 0) {
        LOG.warn("{} operations that nobody works on any more were taken over", taken);
      }
    } catch (StoreException refused) {
      steadySince = Instant.MAX;
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
    if (!clock.instant().isBefore(aliveUntil)) {
      // Before this process takes itself for alive again, so that nothing older is sent.
      lapsedToken = tokens.get();
    }
    aliveUntil = now.plus(lifetime).minus(lifetime.dividedBy(MARGIN_SHARE));
    if (steadySince.equals(Instant.MAX)) {
      steadySince = now;
    }
    return alive;
  }

  private int takeOver(boolean judgesOthers) {
    // In this order: what is started after it was asked is not told yet, and whoever started what
    // is told renewed before.
    var attempts = worker.underWay();
    var running = store.held(holder);
    var alive = renewed();
    abortLost(attempts, running);
    int taken = 0;
    for (var held : running) {
      var lease = held.lease();
      boolean own = lease.holder().equals(holder);
      if (own && !open.containsKey(lease.token())) {
        taken += takeOver(held, worker::takeUp);
      } else if (!own && judgesOthers && !alive.contains(lease.holder())) {
        taken += takeOver(held, worker::bury);
      }
    }
    return taken;
  }

  /// @param how takes the operation over; not called if it is not the run any more that was told
  /// @return how many were taken over: one or none
  private int takeOver(Held held, Consumer<Operation> how) {
    var found = store.find(held.id()).filter(operation -> operation.version() == held.version());
    found.ifPresent(how);
    return found.isPresent() ? 1 : 0;
  }

  /// Breaks off attempts of operations that others have taken over or called off: what they bring cannot be settled.
  private static void abortLost(List<Attempt> attempts, List<Held> running) {
    var versions = running.stream().collect(Collectors.toMap(Held::id, Held::version));
    for (var attempt : attempts) {
      var operation = attempt.operation();
      if (!Objects.equals(versions.get(operation.id()), operation.version())) {
        attempt.abort();
      }
    }
  }
}
