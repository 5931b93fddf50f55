package dev.backlane.engine.notification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliverySchedule;
import dev.backlane.engine.delivery.DeliveryVerdict;
import dev.backlane.engine.execution.Surroundings;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.StoreException;
import dev.backlane.engine.store.listing.DeliveryListing;
import dev.backlane.engine.store.listing.DeliveryPage;
import dev.backlane.engine.store.queue.Permits;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A store that gives no deliveries is not asked without a pause, and is asked again.
final class RefusedClaimTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final int CLAIMS = 3;

  private final List<Duration> pauses = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aStoreThatRefusesIsAskedOnceASecond(boolean byStoreException) {
    var store = new RefusingStore(byStoreException);
    var terms =
        new DeliveryDispatcher.Terms(
            new DeliverySchedule(DeliverySchedule.DELAYS_DEFAULT, Duration.ofHours(1)),
            8,
            8,
            2,
            Duration.ofSeconds(30),
            Duration.ofDays(7));
    var surroundings =
        new Surroundings(new CallersThread(), InstantSource.fixed(NOW), new SplittableRandom(1));
    new DeliveryDispatcher(store, new NoMessenger(), terms, surroundings).start();

    assertThat(store.claims).isEqualTo(CLAIMS);
    assertThat(pauses.stream().filter(Duration::isPositive))
        .as("between two claims")
        .hasSize(CLAIMS)
        .containsOnly(Duration.ofSeconds(1));
  }

  /// Runs the dispatcher's loop where it is started, and ends it after as many pauses as there are claims to be seen.
  private final class CallersThread implements Threads {
    @Override
    public void start(String name, Runnable work) {
      work.run();
    }

    @Override
    public long nanoTime() {
      return VIRTUAL.nanoTime();
    }

    @Override
    public Signal signal() {
      return new Signal() {
        @Override
        public void raise() {}

        @Override
        public boolean await(Duration max) throws InterruptedException {
          pauses.add(max);
          if (pauses.stream().filter(Duration::isPositive).count() == CLAIMS
              || pauses.size() > 10 * CLAIMS) {
            throw new InterruptedException("enough was seen");
          }
          return false;
        }
      };
    }
  }

  /// Has something due and does not give it.
  private static final class RefusingStore implements DeliveryStore {
    private final boolean byStoreException;
    private int claims;

    RefusingStore(boolean byStoreException) {
      this.byStoreException = byStoreException;
    }

    @Override
    public List<Delivery> claim(int max, Permits permits, Duration hold, Instant now) {
      claims++;
      throw byStoreException ? new StoreException("no") : new IllegalStateException("broken");
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
    public void prune(Instant cutoff) {}
  }

  private static final class NoMessenger implements DeliverySender {
    @Override
    public DeliveryVerdict deliver(Delivery delivery) {
      throw new IllegalStateException("nothing was given");
    }

    @Override
    public void settled(Delivery delivery, DeliveryVerdict verdict) {
      throw new IllegalStateException("nothing was given");
    }
  }
}
