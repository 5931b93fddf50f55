package dev.backlane.store.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliverySchedule;
import dev.backlane.engine.store.queue.QueueKey;
import dev.backlane.store.testkit.DeliverySamples;
import dev.backlane.store.testkit.Samples;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The queue of deliveries: claims, permits and deliveries in flight.
abstract class DeliveryQueueContract extends DeliveryTopic {
  DeliveryQueueContract(StoreFixture fixture) {
    super(fixture);
  }

  @Test
  void servesReceiversInRotation() throws Exception {
    for (int i = 0; i < 30; i++) {
      added(notices.due("many"));
    }
    clock.advance(Duration.ofSeconds(1));
    added(notices.due("few"));
    added(notices.due(new Delivery.Address("https://few.example.com/a")));
    for (int run = 0; run < 2; run++) {
      assertThat(claimDue(3))
          .extracting(Delivery::receiver)
          .containsExactlyInAnyOrder("many", "few", "few.example.com:443 of " + Samples.TENANT);
      clock.advance(HOLD);
      restart();
    }
  }

  @Test
  void receiverWithoutPermitDoesNotBlockOthers() {
    for (int i = 0; i < 5; i++) {
      added(notices.due("one"));
    }
    clock.advance(Duration.ofSeconds(1));
    added(notices.due("other"));
    var permits = new CountingPermits(2, 100);

    assertThat(claimDue(10, permits))
        .extracting(Delivery::receiver)
        .containsExactlyInAnyOrder("one", "one", "other");
    assertThat(permits.inUse()).isEqualTo(3);
    assertThat(claimDue(10, permits)).isEmpty();
    assertThat(deliveries().nextDue(permits)).isEmpty();
    permits.release(new QueueKey("one", Samples.TENANT));
    assertThat(deliveries().nextDue(permits)).isPresent();
    assertThat(claimDue(10, permits)).extracting(Delivery::receiver).containsExactly("one");
  }

  @Test
  void claimsNoDeliveryBeforeItIsDue() throws Exception {
    var first = added(notices.due("a"));
    var due = clock.instant().plusSeconds(60);
    var retrying = replaced(first, DeliverySamples.retrying(first, due));
    assertThat(claimDue(1)).isEmpty();
    assertThat(deliveries().nextDue(UNLIMITED)).contains(due);
    restart();
    assertThat(deliveries().nextDue(UNLIMITED)).contains(due);
    clock.set(due.minusMillis(1));
    assertThat(claimDue(1)).isEmpty();
    clock.set(due);
    assertThat(claimDue(1)).usingRecursiveFieldByFieldElementComparator().containsExactly(retrying);
    assertThat(deliveries().nextDue(UNLIMITED)).isEmpty();
  }

  @Test
  void claimsADeliveryOnceUntilItIsReplaced() {
    var delivery = added(notices.due("a"));
    assertThat(claimDue(10)).hasSize(1);
    assertThat(claimDue(10)).isEmpty();
    assertStored(delivery);
    var retrying = replaced(delivery, DeliverySamples.retrying(delivery, clock.instant()));
    assertThat(claimDue(10))
        .usingRecursiveFieldByFieldElementComparator()
        .containsExactly(retrying);
    assertThat(claimDue(10)).isEmpty();
  }

  @Test
  void claimsNoDeliveryTwiceUnderConcurrentClaims() throws Exception {
    int count = 200;
    for (int i = 0; i < count; i++) {
      added(notices.due("receiver-" + i % 7));
    }
    var claimed =
        together(
            16,
            () -> {
              var mine = new ArrayList<Delivery>();
              for (var some = claimDue(7); !some.isEmpty(); some = claimDue(7)) {
                mine.addAll(some);
              }
              return mine;
            });
    assertThat(claimed.stream().flatMap(List::stream).map(Delivery::id).toList())
        .hasSize(count)
        .doesNotHaveDuplicates();
  }

  @Test
  void lateChangeDoesNotReleaseADeliveryInFlight() {
    var first = added(notices.due("a"));
    assertThat(claimDue(1)).hasSize(1);
    var again = replaced(first, DeliverySchedule.redelivered(first, clock.instant()));
    assertThat(ids(claimDue(10))).containsExactly(again.id());
    // The attempt that was in flight when the redelivery was requested.
    assertThat(deliveries().replace(first, notices.delivered(first))).isFalse();
    assertThat(claimDue(10)).as("the second attempt is still in flight").isEmpty();
    assertStored(again);
    replaced(again, notices.delivered(again));
    assertThat(claimDue(10)).isEmpty();
    assertThat(deliveries().waiting()).isZero();
  }

  @Test
  void makesDeliveriesInFlightDueAgainAfterARestart() throws Exception {
    var settled = added(notices.due("a"));
    var open = added(notices.due("b"));
    assertThat(claimDue(10)).hasSize(2);
    replaced(settled, notices.delivered(settled));
    clock.advance(HOLD);
    restart();
    assertThat(ids(claimDue(10))).containsExactly(open.id());
  }

  @Test
  void releasesPermitsOfDeliveriesItDoesNotReturn() {
    var ended = added(notices.due("a"));
    replaced(ended, notices.failed(ended));
    var due = added(notices.due("a"));
    var permits = new CountingPermits(100, 100);
    assertThat(ids(claimDue(10, permits))).containsExactly(due.id());
    assertThat(permits.inUse()).isEqualTo(1);
  }

  @Test
  void countsDeliveriesThatWaitOrAreInFlight() throws Exception {
    for (int i = 0; i < 5; i++) {
      added(notices.due("a"));
    }
    var later = added(notices.due("a"));
    replaced(later, DeliverySamples.retrying(later, clock.instant().plusSeconds(60)));
    // The stale queue entry of the postponed delivery is dropped when it is taken.
    var claimed = claimDue(10);
    assertThat(claimed).hasSize(5);
    assertThat(deliveries().waiting()).isEqualTo(6);
    replaced(claimed.getFirst(), notices.delivered(claimed.getFirst()));
    assertThat(deliveries().waiting()).isEqualTo(5);
    restart();
    assertThat(deliveries().waiting()).isEqualTo(5);
  }
}
