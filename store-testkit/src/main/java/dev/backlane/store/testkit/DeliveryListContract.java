package dev.backlane.store.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliverySchedule;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.listing.DeliveryListing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a store promises of listing deliveries and of forgetting them.
abstract class DeliveryListContract extends DeliveryTurnsContract {
  @Test
  void theNewestDeliveryComesFirstWhateverBecameOfIt() throws Exception {
    var newestFirst = mixed(40);
    for (int run = 0; run < 2; run++) {
      assertThat(walked(everything(200))).isEqualTo(newestFirst);
      restart();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 24, 25, 26})
  void theCursorMissesNoDeliveryAndRepeatsNone(int limit) {
    var newestFirst = mixed(25);
    assertThat(walked(everything(limit))).isEqualTo(newestFirst);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 200})
  void aSubscriptionNarrowsDeliveries(int limit) {
    var wanted = new ArrayList<OperationId>();
    for (int i = 0; i < 20; i++) {
      added(notices.due("sub_1"));
      added(notices.due(new Delivery.Address("https://sub_17.example.com/sub_17")));
      var delivery = added(notices.due("sub_17"));
      wanted.addFirst(delivery.id());
      if (i % 2 == 0) {
        redone(delivery, notices.delivered(delivery));
      }
    }
    assertThat(walked(listing(Optional.of("sub_17"), _ -> true, limit))).isEqualTo(wanted);
  }

  @Test
  void aStateNarrowsDeliveries() {
    var due = added(notices.due("a"));
    var delivered = added(notices.due("a"));
    redone(delivered, notices.delivered(delivered));
    var failed = added(notices.due("a"));
    redone(failed, notices.failed(failed));
    assertThat(walked(listing(Optional.empty(), DeliveryState.Due.class::isInstance, 1)))
        .containsExactly(due.id());
    assertThat(walked(listing(Optional.empty(), DeliveryState.Delivered.class::isInstance, 1)))
        .containsExactly(delivered.id());
    assertThat(walked(listing(Optional.of("a"), DeliveryState.Failed.class::isInstance, 1)))
        .containsExactly(failed.id());
  }

  @Test
  void theFirstIdOfDeliveriesIsInclusiveAndTheLastExclusive() {
    var ids = new ArrayList<OperationId>();
    for (int i = 0; i < 4; i++) {
      var delivery = added(notices.due("a"));
      ids.add(delivery.id());
      if (i % 2 == 0) {
        redone(delivery, notices.delivered(delivery));
      }
    }
    var range = new DeliveryListing(Optional.empty(), ids.get(1), ids.get(3), _ -> true, 10);
    assertThat(walked(range)).containsExactly(ids.get(2), ids.get(1));
  }

  @Test
  void aPageOfDeliveriesTellsThemAsTheyAre() throws Exception {
    var delivery = added(notices.due(SUBSCRIBED));
    var ended = redone(delivery, notices.failed(delivery));
    restart();
    var page = deliveries().list(everything(10));
    assertThat(page.deliveries())
        .usingRecursiveFieldByFieldElementComparator()
        .containsExactly(ended);
    assertThat(page.next()).isEmpty();
  }

  @Test
  void anEmptyStoreListsNoDeliveries() {
    var page = deliveries().list(everything(10));
    assertThat(page.deliveries()).isEmpty();
    assertThat(page.next()).isEmpty();
  }

  // Forgetting

  @Test
  void onlyWhatEndedAndIsOlderThanTheCutoffIsForgotten() throws Exception {
    var waiting = added(notices.due("a"));
    var delivered = added(notices.due("a"));
    redone(delivered, notices.delivered(delivered));
    var failed = added(notices.due("a"));
    redone(failed, notices.failed(failed));
    var cutoff = clock.advance(Duration.ofMillis(1));
    var at = added(notices.due("a"));
    redone(at, notices.delivered(at));
    deliveries().prune(cutoff);
    for (int run = 0; run < 2; run++) {
      assertThat(walked(everything(10))).containsExactly(at.id(), waiting.id());
      assertThat(deliveries().find(delivered.id())).isEmpty();
      assertThat(deliveries().find(failed.id())).isEmpty();
      assertStored(waiting);
      restart();
    }
    assertThat(deliveries().waiting()).isEqualTo(1);
  }

  @Test
  void whatIsRedeliveredIsForgottenOnceItHasEndedAgain() {
    var first = added(notices.due("a"));
    var ended = redone(first, notices.failed(first));
    var again = redone(ended, DeliverySchedule.redelivered(ended, clock.instant()));
    var cutoff = clock.advance(RETENTION);
    deliveries().prune(cutoff);
    assertStored(again);
    redone(again, notices.delivered(again));
    deliveries().prune(cutoff);
    deliveries().prune(cutoff);
    assertThat(deliveries().find(first.id())).isEmpty();
  }

  @Test
  void whatIsForgottenCannotBeRedelivered() {
    var first = added(notices.due("a"));
    var ended = redone(first, notices.failed(first));
    deliveries().prune(clock.advance(RETENTION));
    assertThat(deliveries().replace(ended, DeliverySchedule.redelivered(ended, clock.instant())))
        .isFalse();
    assertThat(deliveries().find(first.id())).isEmpty();
  }

  @Test
  void forgettingDeliveriesAndForgettingOperationsAreTwoThings() {
    var operation = acceptedAndFinished();
    var delivery = added(DeliverySamples.of(operation.id(), SUBSCRIBED, clock.instant()));
    var ended = redone(delivery, notices.delivered(delivery));
    var cutoff = clock.advance(RETENTION);
    store.prune(cutoff);
    assertStored(ended);
    deliveries().prune(cutoff);
    assertThat(deliveries().find(operation.id())).isEmpty();
  }

  /// Deliveries of all states across hours, newest first.
  private List<OperationId> mixed(int count) {
    var newestFirst = new ArrayList<OperationId>();
    for (int i = 0; i < count; i++) {
      var delivery = added(notices.due("sub_" + i % 3));
      newestFirst.addFirst(delivery.id());
      switch (i % 4) {
        case 0 -> redone(delivery, notices.delivered(delivery));
        case 1 -> redone(delivery, notices.failed(delivery));
        default -> {}
      }
      clock.advance(Duration.ofMinutes(i % 7 == 0 ? 300 : 17));
    }
    return newestFirst;
  }

  private List<OperationId> walked(DeliveryListing listing) {
    var seen = new ArrayList<OperationId>();
    Optional<OperationId> next = Optional.of(listing.to());
    while (next.isPresent()) {
      var page =
          deliveries()
              .list(
                  new DeliveryListing(
                      listing.subscription(),
                      listing.from(),
                      next.get(),
                      listing.state(),
                      listing.limit()));
      assertThat(page.deliveries()).hasSizeLessThanOrEqualTo(listing.limit());
      page.deliveries().forEach(delivery -> seen.add(delivery.id()));
      next = page.next();
    }
    return seen;
  }
}
