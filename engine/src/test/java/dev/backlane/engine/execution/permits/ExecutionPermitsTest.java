package dev.backlane.engine.execution.permits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.background.ScriptedThreads;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.operation.Obstacle;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.queue.QueueKey;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class ExecutionPermitsTest {
  private static final String ROUTE = "POST /invoices";

  private static final String NONE = "";

  private final ScriptedThreads threads = new ScriptedThreads(0);
  private final CountedSignal allFree = new CountedSignal();
  private final Set<String> pausedRoutes = new HashSet<>();

  /// Counts how often it was raised.
  private static final class CountedSignal implements Threads.Signal {
    private final AtomicInteger raised = new AtomicInteger();

    @Override
    public void raise() {
      raised.incrementAndGet();
    }

    @Override
    public boolean await(Duration max) {
      throw new IllegalStateException("no thread waits here");
    }
  }

  private ExecutionPermits permits(Concurrency concurrency, Map<String, Integer> perRouteMax) {
    var circuit =
        new UpstreamCircuit(threads, InstantSource.system(), new SplittableRandom(1), () -> 0);
    return new ExecutionPermits(
        () -> concurrency,
        route -> perRouteMax.getOrDefault(route, Integer.MAX_VALUE),
        key -> pausedRoutes.contains(key.lane()),
        circuit,
        threads,
        allFree);
  }

  private ExecutionPermits permits(int perTenantMax, Map<String, Integer> perRouteMax) {
    return permits(new Concurrency(3, perTenantMax, false, Duration.ZERO), perRouteMax);
  }

  private ExecutionPermits sharedByNeed(int max) {
    return permits(new Concurrency(max, 0, true, Duration.ZERO), Map.of());
  }

  private static int acquireAll(ExecutionPermits permits, QueueKey key) {
    int acquired = 0;
    while (permits.tryAcquire(key)) {
      acquired++;
    }
    return acquired;
  }

  private void ended(ExecutionPermits permits, QueueKey key, int status) {
    threads.advance(Duration.ofSeconds(1));
    long started = threads.nanoTime();
    threads.advance(Duration.ofSeconds(1));
    permits.attemptEnded(key, started, responded(status));
  }

  private static Verdict responded(int status) {
    return new Verdict.Responded(new Response(status, List.of(), 0), Optional.empty());
  }

  private static QueueKey key(String tenant, String route) {
    return new QueueKey(tenant, route);
  }

  @Test
  void grantsAsManyPermitsAsTheLimitAllows() {
    var permits = permits(0, Map.of());
    assertThat(permits.free()).isEqualTo(3);
    for (int each = 0; each < 3; each++) {
      assertThat(permits.hasPermit(key("a", NONE))).isTrue();
      assertThat(permits.tryAcquire(key("a", NONE))).isTrue();
    }
    assertThat(permits.hasPermit(key("b", ROUTE))).isFalse();
    assertThat(permits.tryAcquire(key("b", ROUTE))).isFalse();
    assertThat(permits.taken()).isEqualTo(3);
    assertThat(permits.free()).isZero();
  }

  @Test
  void grantsNoPermitWhilePaused() {
    var permits = permits(0, Map.of());
    pausedRoutes.add(ROUTE);
    assertThat(permits.hasPermit(key("a", ROUTE))).isFalse();
    assertThat(permits.tryAcquire(key("a", ROUTE))).isFalse();
    assertThat(permits.tryAcquire(key("a", NONE))).isTrue();
    pausedRoutes.clear();
    assertThat(permits.tryAcquire(key("a", ROUTE))).isTrue();
  }

  @Test
  void namesTheLimitsThatAreReached() {
    var permits = permits(2, Map.of(ROUTE, 1));
    assertThat(permits.limitsReached(key("a", ROUTE))).isEmpty();
    assertThat(permits.tryAcquire(key("a", ROUTE))).isTrue();
    assertThat(permits.limitsReached(key("b", ROUTE)))
        .containsExactly(new ReachedLimit(ReachedLimit.Kind.ROUTE, 1, 1));
    assertThat(permits.tryAcquire(key("a", NONE))).isTrue();
    assertThat(permits.limitsReached(key("a", NONE)))
        .containsExactly(new ReachedLimit(ReachedLimit.Kind.TENANT, 2, 2));
    assertThat(permits.tryAcquire(key("b", NONE))).isTrue();
    assertThat(permits.limitsReached(key("c", NONE)))
        .containsExactly(new ReachedLimit(ReachedLimit.Kind.TOTAL, 3, 3));
  }

  @Test
  void grantsAReleasedPermitAgain() {
    var permits = permits(0, Map.of());
    while (permits.tryAcquire(key("a", NONE))) {
      assertThat(permits.taken()).isLessThanOrEqualTo(3);
    }
    permits.release(key("a", NONE));
    assertThat(permits.free()).isEqualTo(1);
    assertThat(permits.tryAcquire(key("b", NONE))).isTrue();
  }

  @Test
  void limitsATenantAndLeavesTheRestToOthers() {
    var permits = permits(2, Map.of());
    assertThat(permits.tryAcquire(key("a", NONE))).isTrue();
    assertThat(permits.tryAcquire(key("a", ROUTE))).isTrue();
    assertThat(permits.tryAcquire(key("a", NONE))).isFalse();
    assertThat(permits.hasPermit(key("b", NONE))).isTrue();
    assertThat(permits.tryAcquire(key("b", NONE))).isTrue();

    permits.release(key("a", ROUTE));
    assertThat(permits.tryAcquire(key("a", NONE))).isTrue();
  }

  @Test
  void limitsARouteAcrossTenants() {
    var permits = permits(0, Map.of(ROUTE, 1));
    assertThat(permits.tryAcquire(key("a", ROUTE))).isTrue();
    assertThat(permits.tryAcquire(key("b", ROUTE))).isFalse();
    assertThat(permits.tryAcquire(key("b", "GET /reports"))).as("a route without a limit").isTrue();
    assertThat(permits.tryAcquire(key("b", NONE))).as("no route").isTrue();

    permits.release(key("a", ROUTE));
    assertThat(permits.tryAcquire(key("b", ROUTE))).isTrue();
  }

  @Test
  void acquiresNothingIfALimitIsReached() {
    var permits = permits(1, Map.of(ROUTE, 1));
    assertThat(permits.tryAcquire(key("a", ROUTE))).isTrue();
    assertThat(permits.tryAcquire(key("b", ROUTE))).as("refused by its route").isFalse();
    assertThat(permits.tryAcquire(key("b", NONE))).as("so its tenant keeps its permit").isTrue();
  }

  @Test
  void overloadOfOneTenantOnARouteLimitsNoOther() {
    var permits = permits(Concurrency.of(9), Map.of());
    for (int each = 0; each < 20; each++) {
      ended(permits, key("a", ROUTE), 429);
    }
    assertThat(permits.tryAcquire(key("a", ROUTE))).isTrue();
    assertThat(permits.hasPermit(key("a", ROUTE))).as("one at a time").isFalse();
    assertThat(permits.hasPermit(key("a", NONE))).as("on another route").isTrue();
    assertThat(permits.loadOf(ROUTE)).isEqualTo(new RouteLoad(1, 1, 9));
    assertThat(permits.loadOf(NONE)).isEqualTo(new RouteLoad(0, 9, 9));
    assertThat(acquireAll(permits, key("b", ROUTE))).as("of another tenant").isEqualTo(8);
  }

  /// An upstream that is overloaded: it refuses what exceeds its capacity, of any tenant.
  private int inFlightAfterOverload(int tenants, int capacity) {
    var permits = permits(new Concurrency(64, 0, true, Duration.ZERO), Map.of());
    int inFlight = 0;
    for (int round = 0; round < 60; round++) {
      var taken = new ArrayList<QueueKey>();
      for (boolean more = true; more; ) {
        more = false;
        for (int tenant = 0; tenant < tenants; tenant++) {
          var key = key("tenant " + (tenant + 7 * round) % tenants, ROUTE);
          if (permits.tryAcquire(key)) {
            taken.add(key);
            more = true;
          }
        }
      }
      threads.advance(Duration.ofMillis(100));
      long started = threads.nanoTime();
      threads.advance(Duration.ofMillis(100));
      for (int each = 0; each < taken.size(); each++) {
        int status = each < capacity ? 200 : 503;
        permits.attemptEnded(taken.get(each), started, responded(status));
        permits.release(taken.get(each));
      }
      inFlight = taken.size();
    }
    return inFlight;
  }

  @Test
  void overloadOfAllTenantsLimitsTheirTotal() {
    assertThat(inFlightAfterOverload(64, 0)).as("an upstream that refuses all").isEqualTo(1);
    assertThat(inFlightAfterOverload(64, 10)).as("one that handles 10").isBetween(5, 16);
    assertThat(inFlightAfterOverload(64, 64)).as("one that handles all").isEqualTo(64);
  }

  @Test
  void theTotalRecoversWithTheUpstream() {
    var permits = permits(Concurrency.of(9), Map.of());
    for (int each = 0; each < 20; each++) {
      ended(permits, key("a", ROUTE), 503);
      ended(permits, key("b", ROUTE), 429);
    }
    assertThat(permits.loadOf(ROUTE).total()).isEqualTo(1);
    for (int each = 0; each < 100; each++) {
      var key = key("new tenant " + each, ROUTE);
      int taken = acquireAll(permits, key);
      ended(permits, key, 200);
      for (int one = 0; one < taken; one++) {
        permits.release(key);
      }
    }
    assertThat(permits.loadOf(ROUTE).total()).isEqualTo(9);
  }

  @Test
  void quotasOfSomeTenantsDoNotLimitTheTotal() {
    var permits = permits(Concurrency.of(9), Map.of());
    assertThat(permits.tryAcquire(key("long call", ROUTE))).isTrue();
    for (int each = 0; each < 20; each++) {
      ended(permits, key("a", ROUTE), 429);
      ended(permits, key("b", ROUTE), 429);
      ended(permits, key("c", ROUTE), 429);
    }
    assertThat(permits.loadOf(ROUTE).total()).isEqualTo(9);
    assertThat(acquireAll(permits, key("long call", ROUTE))).isEqualTo(8);
  }

  @Test
  void aLimitIsLiftedWithoutAttempts() {
    var permits = permits(Concurrency.of(9), Map.of());
    ended(permits, key("a", ROUTE), 503);
    permits.prune();
    assertThat(permits.loadOf(ROUTE).limit()).isEqualTo(6);
    threads.advance(ConcurrencyLimits.IDLE_MAX.plusSeconds(1));
    permits.prune();
    assertThat(permits.loadOf(ROUTE).limit()).isEqualTo(9);
  }

  @Test
  void aTenantAloneLeavesAReserve() {
    assertThat(acquireAll(sharedByNeed(64), key("a", NONE))).isEqualTo(56);
    assertThat(acquireAll(sharedByNeed(4), key("a", NONE))).isEqualTo(3);
    assertThat(acquireAll(sharedByNeed(1), key("a", NONE))).isEqualTo(1);
    assertThat(acquireAll(permits(Concurrency.of(64), Map.of()), key("a", NONE))).isEqualTo(64);
  }

  @Test
  void shrinksToAFairShareWhileOthersWait() {
    var permits = sharedByNeed(64);
    assertThat(acquireAll(permits, key("a", NONE))).isEqualTo(56);
    assertThat(acquireAll(permits, key("b", NONE))).isEqualTo(8);
    permits.due(List.of(key("a", NONE), key("b", NONE)));
    permits.release(key("a", NONE));
    assertThat(permits.tryAcquire(key("a", NONE))).as("over its share of 32").isFalse();
    assertThat(permits.tryAcquire(key("b", NONE))).isTrue();

    permits.due(List.of(key("a", NONE)));
    permits.release(key("b", NONE));
    assertThat(permits.tryAcquire(key("a", NONE))).as("no other waits").isTrue();
  }

  @Test
  void whatItsOwnLimitHoldsBackTakesNothingFromOthers() {
    var permits = sharedByNeed(64);
    for (int each = 0; each < 40; each++) {
      ended(permits, key("b", NONE), 429);
    }
    assertThat(permits.tryAcquire(key("b", NONE))).isTrue();
    permits.due(List.of(key("a", NONE), key("b", NONE)));
    assertThat(acquireAll(permits, key("a", NONE))).isEqualTo(56);
  }

  @Test
  void noTenantStartsMoreThanOneIfThereAreManyTenants() {
    var permits = sharedByNeed(4);
    permits.due(List.of("a", "b", "c", "d", "e").stream().map(each -> key(each, NONE)).toList());
    assertThat(acquireAll(permits, key("a", NONE))).isEqualTo(1);
  }

  @Test
  void onlySingleProbesStartWhileTheUpstreamIsUnreachable() {
    var permits = permits(Concurrency.of(64), Map.of());
    for (int each = 0; each < UpstreamCircuit.FAILURES_MAX; each++) {
      permits.attemptEnded(
          key("a", NONE),
          threads.nanoTime(),
          new Verdict.NotSent(Obstacle.UPSTREAM_UNREACHABLE, "refused"));
    }
    assertThat(permits.free()).isZero();
    threads.advance(Duration.ofSeconds(1));
    assertThat(permits.free()).isEqualTo(1);
    assertThat(permits.tryAcquire(key("a", NONE))).isTrue();
    assertThat(permits.tryAcquire(key("b", ROUTE))).as("a second probe").isFalse();

    assertThat(permits.reached(threads.nanoTime())).as("the probe is connected").isTrue();
    assertThat(acquireAll(permits, key("b", ROUTE))).as("no stampede").isEqualTo(3);
    threads.advance(Duration.ofSeconds(10));
    assertThat(acquireAll(permits, key("b", ROUTE))).isEqualTo(60);
  }

  @Test
  void permitsForExpiryAreOutsideAllLimits() {
    var permits = permits(Concurrency.of(1), Map.of());
    assertThat(permits.tryAcquire(key("a", ROUTE))).isTrue();
    var expiring = permits.forExpiry(key -> key.lane().equals(ROUTE));
    assertThat(expiring.tryAcquire(key("a", NONE))).isFalse();
    assertThat(expiring.tryAcquire(key("a", ROUTE))).isTrue();
    assertThat(permits.running()).isEqualTo(1);
    assertThat(permits.taken()).isEqualTo(2);
    permits.release(key("a", ROUTE));
    assertThat(allFree.raised).hasValue(0);
    expiring.release(key("a", ROUTE));
    assertThat(allFree.raised).hasValue(1);
  }

  @Test
  void signalsWhenTheLastPermitIsReleased() {
    var permits = permits(0, Map.of());
    assertThat(permits.tryAcquire(key("a", NONE))).isTrue();
    assertThat(permits.tryAcquire(key("b", ROUTE))).isTrue();
    permits.release(key("a", NONE));
    assertThat(allFree.raised).hasValue(0);
    permits.release(key("b", ROUTE));
    assertThat(allFree.raised).hasValue(1);
    assertThat(permits.taken()).isZero();
  }

  @Test
  void neverExceedsItsLimitsUnderConcurrency() throws Exception {
    var permits = permits(2, Map.of(ROUTE, 1));
    var most = new AtomicInteger();
    var onRoute = new AtomicInteger();
    var mostOnRoute = new AtomicInteger();
    try (var threads = Executors.newFixedThreadPool(8)) {
      var takers = new ArrayList<Future<?>>();
      for (int thread = 0; thread < 8; thread++) {
        var tenant = "tenant " + thread % 3;
        var route = thread % 2 == 0 ? ROUTE : NONE;
        takers.add(
            threads.submit(() -> {
              for (int each = 0; each < 10_000; each++) {
                if (permits.tryAcquire(key(tenant, route))) {
                  most.accumulateAndGet(permits.taken(), Math::max);
                  if (route.equals(ROUTE)) {
                    mostOnRoute.accumulateAndGet(onRoute.incrementAndGet(), Math::max);
                    onRoute.decrementAndGet();
                  }
                  permits.release(key(tenant, route));
                }
              }
            }));
      }
      for (var taker : takers) {
        taker.get();
      }
    }
    assertThat(most.get()).isBetween(1, 3);
    assertThat(mostOnRoute.get()).isEqualTo(1);
    assertThat(permits.taken()).isZero();
    assertThat(permits.hasPermit(key("tenant 0", ROUTE))).isTrue();
  }
}
