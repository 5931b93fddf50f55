package dev.backlane.engine.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.store.queue.QueueKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class ExecutionPermitsTest {
  private static final String ROUTE = "POST /invoices";

  private final CountedSignal allFree = new CountedSignal();
  private final ConcurrencyLimit limit = new ConcurrencyLimit(3, Duration.ZERO);

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

  private ExecutionPermits permits(int perTenantMax, Map<String, Integer> perRouteMax) {
    return new ExecutionPermits(limit, perTenantMax, perRouteMax, allFree);
  }

  private static QueueKey key(String tenant, String route) {
    return new QueueKey(tenant, route);
  }

  @Test
  void grantsAsManyPermitsAsTheLimitAllows() {
    var permits = permits(0, Map.of());
    assertThat(permits.free()).isEqualTo(3);
    for (int each = 0; each < 3; each++) {
      assertThat(permits.hasPermit(key("a", Routes.NONE))).isTrue();
      assertThat(permits.tryAcquire(key("a", Routes.NONE))).isTrue();
    }
    assertThat(permits.hasPermit(key("b", ROUTE))).isFalse();
    assertThat(permits.tryAcquire(key("b", ROUTE))).isFalse();
    assertThat(permits.taken()).isEqualTo(3);
    assertThat(permits.free()).isZero();
  }

  @Test
  void grantsAReleasedPermitAgain() {
    var permits = permits(0, Map.of());
    while (permits.tryAcquire(key("a", Routes.NONE))) {
      assertThat(permits.taken()).isLessThanOrEqualTo(3);
    }
    permits.release(key("a", Routes.NONE));
    assertThat(permits.free()).isEqualTo(1);
    assertThat(permits.tryAcquire(key("b", Routes.NONE))).isTrue();
  }

  @Test
  void limitsATenantAndLeavesTheRestToOthers() {
    var permits = permits(2, Map.of());
    assertThat(permits.tryAcquire(key("a", Routes.NONE))).isTrue();
    assertThat(permits.tryAcquire(key("a", ROUTE))).isTrue();
    assertThat(permits.tryAcquire(key("a", Routes.NONE))).isFalse();
    assertThat(permits.hasPermit(key("b", Routes.NONE))).isTrue();
    assertThat(permits.tryAcquire(key("b", Routes.NONE))).isTrue();

    permits.release(key("a", ROUTE));
    assertThat(permits.tryAcquire(key("a", Routes.NONE))).isTrue();
  }

  @Test
  void limitsARouteAcrossTenants() {
    var permits = permits(0, Map.of(ROUTE, 1));
    assertThat(permits.tryAcquire(key("a", ROUTE))).isTrue();
    assertThat(permits.tryAcquire(key("b", ROUTE))).isFalse();
    assertThat(permits.tryAcquire(key("b", "GET /reports"))).as("a route without a limit").isTrue();
    assertThat(permits.tryAcquire(key("b", Routes.NONE))).as("no route").isTrue();

    permits.release(key("a", ROUTE));
    assertThat(permits.tryAcquire(key("b", ROUTE))).isTrue();
  }

  @Test
  void acquiresNothingIfALimitIsReached() {
    var permits = permits(1, Map.of(ROUTE, 1));
    assertThat(permits.tryAcquire(key("a", ROUTE))).isTrue();
    assertThat(permits.tryAcquire(key("b", ROUTE))).as("refused by its route").isFalse();
    assertThat(permits.tryAcquire(key("b", Routes.NONE)))
        .as("so its tenant keeps its permit")
        .isTrue();
  }

  @Test
  void followsALimitThatDropsBelowThePermitsTaken() {
    var permits = permits(0, Map.of());
    while (permits.tryAcquire(key("a", Routes.NONE))) {
      assertThat(permits.taken()).isLessThanOrEqualTo(3);
    }
    var start = Instant.parse("2026-01-31T12:00:00Z");
    limit.ended(start, start.plusSeconds(1), true, 3);
    assertThat(limit.current()).isEqualTo(2);
    assertThat(permits.free()).as("never negative").isZero();

    permits.release(key("a", Routes.NONE));
    assertThat(permits.tryAcquire(key("a", Routes.NONE))).as("two are still in flight").isFalse();
    permits.release(key("a", Routes.NONE));
    assertThat(permits.tryAcquire(key("a", Routes.NONE))).isTrue();
  }

  @Test
  void signalsWhenTheLastPermitIsReleased() {
    var permits = permits(0, Map.of());
    assertThat(permits.tryAcquire(key("a", Routes.NONE))).isTrue();
    assertThat(permits.tryAcquire(key("b", ROUTE))).isTrue();
    permits.release(key("a", Routes.NONE));
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
        var route = thread % 2 == 0 ? ROUTE : Routes.NONE;
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
