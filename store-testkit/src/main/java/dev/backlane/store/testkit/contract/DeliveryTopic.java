package dev.backlane.store.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.listing.DeliveryListing;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.store.testkit.DeliverySamples;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// The base of every topic about deliveries, with sample deliveries.
abstract class DeliveryTopic extends StoreTopic {
  static final Delivery.Target SUBSCRIBED =
      new Delivery.Subscribed("sub_1", List.of(new Header("X-Order", "æ ✓"), new Header("x", "")));
  static final Duration HOLD = Duration.ofMinutes(1);

  final DeliverySamples notices = new DeliverySamples(clock, 43);

  DeliveryTopic(StoreFixture fixture) {
    super(fixture);
  }

  final Delivery added(Delivery delivery) {
    deliveries().add(delivery);
    return delivery;
  }

  final Delivery replaced(Delivery from, Delivery to) {
    assertThat(deliveries().replace(from, to)).isTrue();
    return to;
  }

  final void assertStored(Delivery delivery) {
    assertThat(deliveries().find(delivery.id()).orElseThrow())
        .usingRecursiveComparison()
        .isEqualTo(delivery);
  }

  static DeliveryListing everything(int limit) {
    return listing(Optional.empty(), _ -> true, limit);
  }

  static DeliveryListing listing(
      Optional<String> subscription, Predicate<DeliveryState> state, int limit) {
    return new DeliveryListing(
        subscription, OperationId.lowest(Instant.EPOCH), new OperationId(-1, -1), state, limit);
  }

  final List<Delivery> claimDue(int max) {
    return claimDue(max, UNLIMITED);
  }

  final List<Delivery> claimDue(int max, Permits permits) {
    return deliveries().claim(max, permits, HOLD, clock.instant());
  }

  static List<OperationId> ids(List<Delivery> deliveries) {
    return deliveries.stream().map(Delivery::id).toList();
  }

  /// Reads all pages of a listing.
  final List<OperationId> allIds(DeliveryListing listing) {
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
