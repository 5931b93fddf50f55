package dev.backlane.engine.execution.permits;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.execution.permits.ReachedLimit.Kind;
import dev.backlane.engine.operation.Outage;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueKey;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/// The concurrency permits of attempts. An attempt needs a permit of each kind:
///
/// | limit | of |
/// | --- | --- |
/// | `execution.concurrency`, less while the upstream is unreachable ([UpstreamCircuit]) | all |
/// | a fixed number, or a share that depends on whether others wait ([Concurrency]) | a tenant |
/// | a fixed number, less while the upstream refuses nearly all tenants ([RouteLimits]) | a route |
/// | what the upstream handles without overload ([ConcurrencyLimits]) | a tenant on a route |
///
/// A tenant waits, in the sense of the shares, if it has a due operation that is held back by
/// nothing but the total or its share: what is limited by its route, or refused by the upstream,
/// takes nothing from others. Thread-safe.
public final class ExecutionPermits implements Permits {
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int SERVICE_UNAVAILABLE = 503;

  private final Supplier<Concurrency> concurrency;
  private final ToIntFunction<String> perRouteMax;
  private final ConcurrencyLimits limits;
  private final RouteLimits routeLimits;
  private final Predicate<QueueKey> paused;
  private final UpstreamCircuit circuit;
  private final Threads threads;
  private final Threads.Signal idle;
  private final Map<String, Integer> tenants = new HashMap<>();
  private final Map<String, Integer> routes = new HashMap<>();
  private final Map<QueueKey, Integer> keys = new HashMap<>();
  private int taken;

  /// Operations that are claimed only because their time is over.
  private int expiring;

  /// The tenants with due operations, and less than their share.
  private Set<String> waiting = Set.of();

  private int fairShare;

  /// @param concurrency read for each decision, since it may change while the process runs
  /// @param perRouteMax the limit of a route, by its name; [Integer#MAX_VALUE] for none
  /// @param paused whether no attempt may start, whatever the limits; may change
  /// @param idle raised when the last permit is released
  public ExecutionPermits(
      Supplier<Concurrency> concurrency,
      ToIntFunction<String> perRouteMax,
      Predicate<QueueKey> paused,
      UpstreamCircuit circuit,
      Threads threads,
      Threads.Signal idle) {
    this.concurrency = concurrency;
    this.perRouteMax = perRouteMax;
    this.limits = new ConcurrencyLimits(concurrency);
    this.routeLimits = new RouteLimits(concurrency);
    this.paused = paused;
    this.circuit = circuit;
    this.threads = threads;
    this.idle = idle;
    this.fairShare = concurrency.get().max();
  }

  @Override
  public synchronized boolean tryAcquire(QueueKey key) {
    if (!hasPermit(key)) {
      return false;
    }
    circuit.started();
    taken++;
    tenants.merge(key.owner(), 1, Integer::sum);
    routes.merge(key.lane(), 1, Integer::sum);
    keys.merge(key, 1, Integer::sum);
    return true;
  }

  @Override
  public synchronized void release(QueueKey key) {
    taken--;
    decrement(tenants, key.owner());
    decrement(routes, key.lane());
    decrement(keys, key);
    raiseIfIdle();
  }

  private static <K> void decrement(Map<K, Integer> counts, K key) {
    counts.computeIfPresent(key, (_, count) -> count == 1 ? null : count - 1);
  }

  private void raiseIfIdle() {
    if (taken() == 0) {
      idle.raise();
    }
  }

  @Override
  public synchronized boolean hasPermit(QueueKey key) {
    return free() > 0
        && tenants.getOrDefault(key.owner(), 0) < perTenantMax(key.owner())
        && ownLimitsAllow(key);
  }

  private boolean ownLimitsAllow(QueueKey key) {
    return !paused.test(key)
        && routes.getOrDefault(key.lane(), 0) < perRouteMax(key.lane())
        && keys.getOrDefault(key, 0) < limits.of(key);
  }

  private int perRouteMax(String route) {
    return Math.min(perRouteMax.applyAsInt(route), routeLimits.of(route));
  }

  /// The limits that keep an operation from starting at present.
  public synchronized List<ReachedLimit> limitsReached(QueueKey key) {
    var all =
        List.of(
            new ReachedLimit(Kind.TOTAL, taken + free(), taken),
            new ReachedLimit(
                Kind.TENANT, perTenantMax(key.owner()), tenants.getOrDefault(key.owner(), 0)),
            new ReachedLimit(
                Kind.ROUTE, perRouteMax(key.lane()), routes.getOrDefault(key.lane(), 0)),
            new ReachedLimit(Kind.TENANT_ON_ROUTE, limits.of(key), keys.getOrDefault(key, 0)));
    return all.stream().filter(each -> each.running() >= each.limit()).toList();
  }

  private int perTenantMax(String tenant) {
    boolean othersWait = waiting.size() > (waiting.contains(tenant) ? 1 : 0);
    return othersWait
        ? Math.min(fairShare, concurrency.get().perTenantAlone())
        : concurrency.get().perTenantAlone();
  }

  /// Whether [#due] must be called before permits are acquired for waiting operations.
  public boolean sharedByNeed() {
    return concurrency.get().sharedByNeed();
  }

  /// Sets the keys of the operations that are due, which decide the shares of the tenants.
  public synchronized void due(Collection<QueueKey> due) {
    var wanting = new HashSet<String>();
    for (var key : due) {
      if (ownLimitsAllow(key)) {
        wanting.add(key.owner());
      }
    }
    var withWork = new HashSet<>(tenants.keySet());
    withWork.addAll(wanting);
    fairShare = concurrency.get().fairShare(withWork.size());
    wanting.removeIf(tenant -> tenants.getOrDefault(tenant, 0) >= fairShare);
    waiting = wanting;
  }

  /// Permits outside all limits for operations that are claimed only to be ended, since their time
  /// is over. [#taken] counts them.
  ///
  /// @param keys which operations
  public Permits forExpiry(Predicate<QueueKey> keys) {
    return new Permits() {
      @Override
      public boolean tryAcquire(QueueKey key) {
        if (!keys.test(key)) {
          return false;
        }
        synchronized (ExecutionPermits.this) {
          expiring++;
        }
        return true;
      }

      @Override
      public void release(QueueKey key) {
        synchronized (ExecutionPermits.this) {
          expiring--;
          raiseIfIdle();
        }
      }

      @Override
      public boolean hasPermit(QueueKey key) {
        return keys.test(key);
      }
    };
  }

  /// Records that an attempt has reached the upstream.
  ///
  /// @return whether attempts may start again that could not before
  public boolean reached(long startedNanos) {
    return circuit.reached(startedNanos);
  }

  /// Records the result of an attempt, whose permit is still taken.
  ///
  /// @return whether attempts may start again that could not before
  public boolean attemptEnded(QueueKey key, long startedNanos, Verdict verdict) {
    boolean refused =
        verdict instanceof Verdict.Responded(Response response, var _)
            && (response.statusCode() == TOO_MANY_REQUESTS
                || response.statusCode() == SERVICE_UNAVAILABLE);
    if (!(verdict instanceof Verdict.NotSent)) {
      synchronized (this) {
        long nowNanos = threads.nanoTime();
        boolean overload = refused || concurrency.get().slow(startedNanos, nowNanos);
        limits.ended(key, startedNanos, nowNanos, overload, keys.getOrDefault(key, 0));
        routeLimits.ended(key, startedNanos, nowNanos, overload, keys);
      }
    }
    return circuit.ended(startedNanos, verdict);
  }

  /// Records that no attempt follows from the permit that was acquired last.
  public void unused() {
    circuit.unused();
  }

  /// Lifts limits that were lowered long ago.
  public synchronized void prune() {
    limits.prune(threads.nanoTime());
    routeLimits.prune(threads.nanoTime());
  }

  /// The present outage of the upstream, if there is one.
  public Optional<Outage> outage() {
    return circuit.outage();
  }

  /// Permits that are taken.
  public synchronized int taken() {
    return taken + expiring;
  }

  /// Attempts in flight.
  public synchronized int running() {
    return taken;
  }

  /// Free permits in total, regardless of the limits per tenant and route.
  public synchronized int free() {
    return circuit.free(taken, concurrency.get().max());
  }

  /// Attempts that may be in flight: fewer than configured while the upstream is unreachable, and
  /// just after.
  public int limit() {
    return circuit.outage().isPresent() ? 1 : circuit.limit(concurrency.get().max());
  }

  /// The loads of routes, by name.
  public Map<String, RouteLoad> loadsOf(Set<String> routes) {
    return routes.stream().collect(Collectors.toMap(Function.identity(), this::loadOf));
  }

  /// The load of a route.
  public synchronized RouteLoad loadOf(String route) {
    int declared = Math.min(concurrency.get().max(), perRouteMax.applyAsInt(route));
    int lowest = limits.lowestOf(route).orElse(declared);
    return new RouteLoad(
        routes.getOrDefault(route, 0),
        Math.min(declared, lowest),
        Math.min(declared, routeLimits.of(route)));
  }
}
