package dev.backlane.engine.store;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.engine.store.listing.DeliveryListing;
import dev.backlane.engine.store.listing.DeliveryPage;
import dev.backlane.engine.store.queue.Permits;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Stores deliveries. The delivery that reports the end of an operation is stored in the same
/// commit as that end ([OperationStore#replace]).
///
/// Thread-safe. Every method may block and is meant for virtual threads. A method that writes
/// returns once the write is durable; if it throws [StoreException], the write may or may not have
/// happened.
public interface DeliveryStore {
  /// Stores a new delivery that does not report the end of an operation.
  ///
  /// @throws IllegalStateException if it exists already
  void add(Delivery delivery);

  /// Claims up to `max` deliveries that are due at `now`, receivers in rotation. A claimed delivery
  /// is not returned again until it is replaced or `hold` has passed; after a crash of the process
  /// it may be returned at once.
  ///
  /// @param permits one is acquired for each delivery that is returned
  List<Delivery> claim(int max, Permits permits, Duration hold, Instant now);

  /// Replaces `from` by `to` if `from` is still the stored version.
  ///
  /// @return false if another version is stored; nothing was written then
  boolean replace(Delivery from, Delivery to);

  /// The delivery as last committed; empty if it does not exist or was pruned.
  Optional<Delivery> find(OperationId id);

  /// One page of deliveries, newest first.
  DeliveryPage list(DeliveryListing listing);

  /// How many deliveries wait for an attempt, due or not, or are in flight. May be a few seconds
  /// old.
  long waiting();

  /// When the next delivery that has a free permit becomes due; empty if there is none. A hint:
  /// only [#claim] decides.
  Optional<Instant> nextDue(Permits permits);

  /// Advances the observed time, and prunes deliveries that ended longer ago than the retention in
  /// observed time. They may be kept longer, as [OperationStore#prune] describes.
  void prune(RetentionStep step);
}
