package dev.backlane.engine.store;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.listing.DeliveryListing;
import dev.backlane.engine.store.listing.DeliveryPage;
import dev.backlane.engine.store.queue.Permits;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Keeps deliveries. The one that tells an operation's end is stored with that end
/// ([OperationStore#replace]).
///
/// Thread-safe; every method may block and is meant for virtual threads. A method that writes returns when what it wrote has
/// reached the disk (commit and fsync). When one throws [StoreException] the write may or may not have happened.
public interface DeliveryStore {
  /// Stores a new delivery that tells no operation's end.
  void add(Delivery delivery);

  /// Takes up to `max` deliveries that are due at `now`, receivers in turns. None is handed out again before it was replaced
  /// or `hold` is over; after a crash it may be at once.
  ///
  /// @param permits holds a place for each that is returned, with its receiver where an operation has its tenant, and its tenant where
  ///     that has its route
  List<Delivery> claim(int max, Permits permits, Duration hold, Instant now);

  /// Replaces `from` by `to` if `from` is still the stored version.
  ///
  /// @return false if another change came first: nothing was written
  boolean replace(Delivery from, Delivery to);

  /// The delivery as last committed; empty if it never was or has been forgotten.
  Optional<Delivery> find(OperationId id);

  /// One page of deliveries, newest first.
  DeliveryPage list(DeliveryListing listing);

  /// How many wait for an attempt, due or not; may lag a moment behind.
  long waiting();

  /// When the next one that has room becomes due; empty if there is none. A hint: [#claim] tells the truth.
  Optional<Instant> nextDue(Permits permits);

  /// Forgets what ended and whose id is older than `cutoff`.
  void prune(Instant cutoff);
}
