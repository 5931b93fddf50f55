package dev.backlane.store.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.delivery.Delivery;
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

/// Deliveries are listed newest first, filtered, page by page.
abstract class DeliveryListingContract extends DeliveryTopic {
  DeliveryListingContract(StoreFixture fixture) {
    super(fixture);
  }

  @Test
  void listsTheNewestDeliveryFirstInAnyState() throws Exception {
    var newestFirst = mixed(40);
    for (int run = 0; run < 2; run++) {
      assertThat(allIds(everything(200))).isEqualTo(newestFirst);
      restart();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 24, 25, 26})
  void pagesContainEachDeliveryOnce(int limit) {
    var newestFirst = mixed(25);
    assertThat(allIds(everything(limit))).isEqualTo(newestFirst);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 200})
  void filtersDeliveriesBySubscription(int limit) {
    var wanted = new ArrayList<OperationId>();
    for (int i = 0; i < 20; i++) {
      added(notices.due("sub_1"));
      added(notices.due(new Delivery.Address("https://sub_17.example.com/sub_17")));
      var delivery = added(notices.due("sub_17"));
      wanted.addFirst(delivery.id());
      if (i % 2 == 0) {
        replaced(delivery, notices.delivered(delivery));
      }
    }
    assertThat(allIds(listing(Optional.of("sub_17"), _ -> true, limit))).isEqualTo(wanted);
  }

  @Test
  void filtersDeliveriesByState() {
    var due = added(notices.due("a"));
    var delivered = added(notices.due("a"));
    replaced(delivered, notices.delivered(delivered));
    var failed = added(notices.due("a"));
    replaced(failed, notices.failed(failed));
    assertThat(allIds(listing(Optional.empty(), DeliveryState.Due.class::isInstance, 1)))
        .containsExactly(due.id());
    assertThat(allIds(listing(Optional.empty(), DeliveryState.Delivered.class::isInstance, 1)))
        .containsExactly(delivered.id());
    assertThat(allIds(listing(Optional.of("a"), DeliveryState.Failed.class::isInstance, 1)))
        .containsExactly(failed.id());
  }

  @Test
  void includesFromAndExcludesTo() {
    var ids = new ArrayList<OperationId>();
    for (int i = 0; i < 4; i++) {
      var delivery = added(notices.due("a"));
      ids.add(delivery.id());
      if (i % 2 == 0) {
        replaced(delivery, notices.delivered(delivery));
      }
    }
    var range = new DeliveryListing(Optional.empty(), ids.get(1), ids.get(3), _ -> true, 10);
    assertThat(allIds(range)).containsExactly(ids.get(2), ids.get(1));
  }

  @Test
  void listsDeliveriesInTheirPresentState() throws Exception {
    var delivery = added(notices.due(SUBSCRIBED));
    var ended = replaced(delivery, notices.failed(delivery));
    restart();
    var page = deliveries().list(everything(10));
    assertThat(page.deliveries())
        .usingRecursiveFieldByFieldElementComparator()
        .containsExactly(ended);
    assertThat(page.next()).isEmpty();
  }

  @Test
  void listsNoDeliveriesOfAnEmptyStore() {
    var page = deliveries().list(everything(10));
    assertThat(page.deliveries()).isEmpty();
    assertThat(page.next()).isEmpty();
  }

  /// Deliveries of all states across hours, newest first.
  private List<OperationId> mixed(int count) {
    var newestFirst = new ArrayList<OperationId>();
    for (int i = 0; i < count; i++) {
      var delivery = added(notices.due("sub_" + i % 3));
      newestFirst.addFirst(delivery.id());
      switch (i % 4) {
        case 0 -> replaced(delivery, notices.delivered(delivery));
        case 1 -> replaced(delivery, notices.failed(delivery));
        default -> {}
      }
      clock.advance(Duration.ofMinutes(i % 7 == 0 ? 300 : 17));
    }
    return newestFirst;
  }
}
