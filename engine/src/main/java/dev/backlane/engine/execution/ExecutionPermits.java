package dev.backlane.engine.execution;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueKey;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.ToIntFunction;

/// The concurrency permits of attempts: limited in total by [ConcurrencyLimit], per tenant and per
/// route. Thread-safe.
final class ExecutionPermits implements Permits {
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int SERVICE_UNAVAILABLE = 503;

  private final ConcurrencyLimit limit;
  private final int perTenantMax;
  private final ToIntFunction<String> perRouteMax;
  private final Threads.Signal idle;
  private final Map<String, Integer> tenants = new HashMap<>();
  private final Map<String, Integer> routes = new HashMap<>();
  private int taken;

  /// @param perTenantMax 0 means no limit per tenant
  /// @param perRouteMax the limit of a route, by its name; [Integer#MAX_VALUE] for none. Called for
  ///     each decision, since it may change
  /// @param idle raised when the last permit is released
  ExecutionPermits(
      ConcurrencyLimit limit,
      int perTenantMax,
      ToIntFunction<String> perRouteMax,
      Threads.Signal idle) {
    this.limit = limit;
    this.perTenantMax = perTenantMax == 0 ? Integer.MAX_VALUE : perTenantMax;
    this.perRouteMax = perRouteMax;
    this.idle = idle;
  }

  @Override
  public synchronized boolean tryAcquire(QueueKey key) {
    if (!hasPermit(key)) {
      return false;
    }
    taken++;
    tenants.merge(key.owner(), 1, Integer::sum);
    routes.merge(key.lane(), 1, Integer::sum);
    return true;
  }

  @Override
  public synchronized void release(QueueKey key) {
    taken--;
    tenants.computeIfPresent(key.owner(), (_, count) -> count == 1 ? null : count - 1);
    routes.computeIfPresent(key.lane(), (_, count) -> count == 1 ? null : count - 1);
    if (taken == 0) {
      idle.raise();
    }
  }

  @Override
  public synchronized boolean hasPermit(QueueKey key) {
    return taken < limit.current()
        && tenants.getOrDefault(key.owner(), 0) < perTenantMax
        && routes.getOrDefault(key.lane(), 0) < perRouteMax.applyAsInt(key.lane());
  }

  /// Adapts the limit to the result of an attempt, whose permit is still taken.
  void attemptEnded(Instant startedAt, Instant now, Verdict verdict) {
    boolean refused =
        verdict instanceof Verdict.Responded(Response response, var _)
            && (response.statusCode() == TOO_MANY_REQUESTS
                || response.statusCode() == SERVICE_UNAVAILABLE);
    limit.ended(startedAt, now, refused, taken());
  }

  synchronized int taken() {
    return taken;
  }

  /// Free permits in total, regardless of the limits per tenant and route.
  synchronized int free() {
    return Math.max(0, limit.current() - taken);
  }
}
