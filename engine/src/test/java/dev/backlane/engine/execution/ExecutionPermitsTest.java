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
      throw new IllegalStateException("nobody waits here");
    }
  }

  private ExecutionPermits slots(int perTenantMax, Map<String, Integer> perRouteMax) {
    return new ExecutionPermits(limit, perTenantMax, perRouteMax, allFree);
  }

  private static QueueKey key(String tenant, String route) {
    return new QueueKey(tenant, route);
  }

  @Test
  void givesAsManyPlacesAsTheLimitAllows() {
    var slots = slots(0, Map.of());
    assertThat(slots.free()).isEqualTo(3);
    for (int each = 0; each < 3; each++) {
      assertThat(slots.hasPermit(key("a", Routes.NONE))).isTrue();
      assertThat(slots.tryAcquire(key("a", Routes.NONE))).isTrue();
    }
    assertThat(slots.hasPermit(key("b", ROUTE))).isFalse();
    assertThat(slots.tryAcquire(key("b", ROUTE))).isFalse();
    assertThat(slots.taken()).isEqualTo(3);
    assertThat(slots.free()).isZero();
  }

  @Test
  void givesAPlaceAgainThatWasGivenBack() {
    var slots = slots(0, Map.of());
    while (slots.tryAcquire(key("a", Routes.NONE))) {
      assertThat(slots.taken()).isLessThanOrEqualTo(3);
    }
    slots.release(key("a", Routes.NONE));
    assertThat(slots.free()).isEqualTo(1);
    assertThat(slots.tryAcquire(key("b", Routes.NONE))).isTrue();
  }

  @Test
  void boundsATenantAndLeavesTheRestToOthers() {
    var slots = slots(2, Map.of());
    assertThat(slots.tryAcquire(key("a", Routes.NONE))).isTrue();
    assertThat(slots.tryAcquire(key("a", ROUTE))).isTrue();
    assertThat(slots.tryAcquire(key("a", Routes.NONE))).isFalse();
    assertThat(slots.hasPermit(key("b", Routes.NONE))).isTrue();
    assertThat(slots.tryAcquire(key("b", Routes.NONE))).isTrue();

    slots.release(key("a", ROUTE));
    assertThat(slots.tryAcquire(key("a", Routes.NONE))).isTrue();
  }

  @Test
  void boundsARouteAcrossTenants() {
    var slots = slots(0, Map.of(ROUTE, 1));
    assertThat(slots.tryAcquire(key("a", ROUTE))).isTrue();
    assertThat(slots.tryAcquire(key("b", ROUTE))).isFalse();
    assertThat(slots.tryAcquire(key("b", "GET /reports"))).as("a route without a bound").isTrue();
    assertThat(slots.tryAcquire(key("b", Routes.NONE))).as("no route").isTrue();

    slots.release(key("a", ROUTE));
    assertThat(slots.tryAcquire(key("b", ROUTE))).isTrue();
  }

  @Test
  void takesNothingWhereOneOfTheBoundsIsReached() {
    var slots = slots(1, Map.of(ROUTE, 1));
    assertThat(slots.tryAcquire(key("a", ROUTE))).isTrue();
    assertThat(slots.tryAcquire(key("b", ROUTE))).as("refused by its route").isFalse();
    assertThat(slots.tryAcquire(key("b", Routes.NONE)))
        .as("so its tenant has its place still")
        .isTrue();
  }

  @Test
  void followsALimitThatFallsBelowWhatIsTaken() {
    var slots = slots(0, Map.of());
    while (slots.tryAcquire(key("a", Routes.NONE))) {
      assertThat(slots.taken()).isLessThanOrEqualTo(3);
    }
    var start = Instant.parse("2026-01-31T12:00:00Z");
    limit.ended(start, start.plusSeconds(1), true, 3);
    assertThat(limit.current()).isEqualTo(2);
    assertThat(slots.free()).as("never negative").isZero();

    slots.release(key("a", Routes.NONE));
    assertThat(slots.tryAcquire(key("a", Routes.NONE))).as("two are under way still").isFalse();
    slots.release(key("a", Routes.NONE));
    assertThat(slots.tryAcquire(key("a", Routes.NONE))).isTrue();
  }

  @Test
  void tellsWhenTheLastPlaceIsFree() {
    var slots = slots(0, Map.of());
    assertThat(slots.tryAcquire(key("a", Routes.NONE))).isTrue();
    assertThat(slots.tryAcquire(key("b", ROUTE))).isTrue();
    slots.release(key("a", Routes.NONE));
    assertThat(allFree.raised).hasValue(0);
    slots.release(key("b", ROUTE));
    assertThat(allFree.raised).hasValue(1);
    assertThat(slots.taken()).isZero();
  }

  @Test
  void neverGivesMoreThanThereAreToManyAtOnce() throws Exception {
    var slots = slots(2, Map.of(ROUTE, 1));
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
                if (slots.tryAcquire(key(tenant, route))) {
                  most.accumulateAndGet(slots.taken(), Math::max);
                  if (route.equals(ROUTE)) {
                    mostOnRoute.accumulateAndGet(onRoute.incrementAndGet(), Math::max);
                    onRoute.decrementAndGet();
                  }
                  slots.release(key(tenant, route));
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
    assertThat(slots.taken()).isZero();
    assertThat(slots.hasPermit(key("tenant 0", ROUTE))).isTrue();
  }
}
