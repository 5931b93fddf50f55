package dev.backlane.engine.notification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.background.ScriptedThreads;
import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliverySchedule;
import dev.backlane.engine.delivery.DeliveryVerdict;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.listing.DeliveryListing;
import dev.backlane.engine.store.listing.DeliveryPage;
import dev.backlane.engine.store.queue.Permits;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The claim loop and the prune loop of deliveries, with a store that has due deliveries and
/// returns none.
final class DeliveryLoopsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final int WAITS = 13;

  private String thread = "";
  private final ScriptedThreads threads = new ScriptedThreads(WAITS, name -> name.equals(thread));

  private void run(DeliveryStore store, String loop) {
    thread = loop;
    var settings =
        new DeliverySettings(
            new DeliverySchedule(DeliverySchedule.DELAYS_DEFAULT, Duration.ofHours(1)),
            8,
            8,
            2,
            Duration.ofSeconds(30),
            Duration.ofDays(7));
    new DeliveryDispatcher(
            store,
            new UnusedSender(),
            settings,
            threads,
            InstantSource.fixed(NOW),
            new SplittableRandom(1))
        .start();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void claimsOnceASecondWhileClaimsFail(boolean byStoreException) {
    var store =
        new UnclaimableStore() {
          @Override
          public List<Delivery> claim(int max, Permits permits, Duration hold, Instant now) {
            super.claim(max, permits, hold, now);
            throw byStoreException ? new StoreException("no") : new IllegalStateException("broken");
          }
        };
    run(store, "delivery-claim");

    assertThat(threads.waits()).hasSize(WAITS).containsOnly(Duration.ofSeconds(1));
    assertThat(store.claims).as("one more than waits").isEqualTo(WAITS + 1);
  }

  @Test
  void backsOffWhenDueWorkCannotBeClaimed() {
    var store = new UnclaimableStore();
    run(store, "delivery-claim");

    assertThat(threads.waitMillis())
        .containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 64L, 128L, 256L, 512L, 1000L, 1000L, 1000L);
    assertThat(store.claims).isEqualTo(WAITS + 1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void survivesAFailingQueryForTheNextDue(boolean byStoreException) {
    var store =
        new UnclaimableStore() {
          @Override
          public Optional<Instant> nextDue(Permits permits) {
            throw byStoreException ? new StoreException("no") : new IllegalStateException("broken");
          }
        };
    run(store, "delivery-claim");

    assertThat(threads.waits()).hasSize(WAITS).containsOnly(Duration.ofSeconds(1));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void continuesPruningAfterAFailure(boolean byStoreException) {
    var store =
        new UnclaimableStore() {
          @Override
          public void prune(RetentionStep step) {
            super.prune(step);
            if (prunes <= 5) {
              throw byStoreException
                  ? new StoreException("no")
                  : new IllegalStateException("broken");
            }
          }
        };
    run(store, "delivery-pruning");

    assertThat(threads.waits())
        .extracting(Duration::toSeconds)
        .startsWith(5L, 10L, 20L, 40L, 60L, 60L)
        .hasSize(WAITS);
    assertThat(store.prunes).as("one more than waits").isEqualTo(WAITS + 1);
  }

  /// Has due deliveries and returns none.
  private static class UnclaimableStore implements DeliveryStore {
    int claims;
    int prunes;

    @Override
    public List<Delivery> claim(int max, Permits permits, Duration hold, Instant now) {
      claims++;
      return List.of();
    }

    @Override
    public Optional<Instant> nextDue(Permits permits) {
      return Optional.of(NOW.minusSeconds(1));
    }

    @Override
    public void add(Delivery delivery) {
      throw new StoreException("no");
    }

    @Override
    public boolean replace(Delivery from, Delivery to) {
      throw new StoreException("no");
    }

    @Override
    public Optional<Delivery> find(OperationId id) {
      return Optional.empty();
    }

    @Override
    public DeliveryPage list(DeliveryListing listing) {
      return new DeliveryPage(List.of(), Optional.empty());
    }

    @Override
    public long waiting() {
      return 1;
    }

    @Override
    public void prune(RetentionStep step) {
      prunes++;
    }
  }

  private static final class UnusedSender implements DeliverySender {
    @Override
    public DeliveryVerdict deliver(Delivery delivery) {
      throw new IllegalStateException("nothing was claimed");
    }

    @Override
    public void settled(Delivery delivery, DeliveryVerdict verdict) {
      throw new IllegalStateException("nothing was claimed");
    }
  }
}
