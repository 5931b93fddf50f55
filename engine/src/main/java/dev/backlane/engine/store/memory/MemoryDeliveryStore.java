package dev.backlane.engine.store.memory;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.expiry.ExpiryBuckets;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.engine.store.listing.DeliveryListing;
import dev.backlane.engine.store.listing.DeliveryPage;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueEntry;
import dev.backlane.engine.store.queue.ReadyQueue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;

/// Stores deliveries in memory. Thread-safe.
final class MemoryDeliveryStore implements DeliveryStore {
  private final NavigableMap<OperationId, Delivery> deliveries;
  private final ExpiryBuckets expiry;
  private final Runnable checkOpen;
  private ReadyQueue ready = new ReadyQueue();

  /// The version of each delivery that is in flight: claimed and not replaced.
  private final Map<OperationId, Long> held = new HashMap<>();

  /// @param deliveries the stored deliveries, guarded by this map; outlives this object
  /// @param expiry of the deliveries, guarded by their map; outlives this object
  /// @param checkOpen throws if the store is closed
  MemoryDeliveryStore(
      NavigableMap<OperationId, Delivery> deliveries, ExpiryBuckets expiry, Runnable checkOpen) {
    this.deliveries = deliveries;
    this.expiry = expiry;
    this.checkOpen = checkOpen;
  }

  /// Queues the deliveries that wait, on opening and after a transfer.
  void rebuild() {
    synchronized (deliveries) {
      ready = new ReadyQueue();
      deliveries.values().forEach(this::queue);
    }
  }

  private void queue(Delivery delivery) {
    if (delivery.state() instanceof DeliveryState.Due due) {
      ready.add(QueueEntry.of(delivery, due));
    }
  }

  @Override
  public void add(Delivery delivery) {
    checkOpen.run();
    synchronized (deliveries) {
      delivery.checkNew();
      if (deliveries.containsKey(delivery.id())) {
        throw new IllegalStateException("delivery " + delivery.id() + " exists already");
      }
      deliveries.put(delivery.id(), delivery);
      queue(delivery);
    }
  }

  @Override
  public List<Delivery> claim(int max, Permits permits, Duration hold, Instant now) {
    checkOpen.run();
    synchronized (deliveries) {
      var claimed = new ArrayList<Delivery>();
      while (claimed.size() < max) {
        var queueEntries = ready.take(max - claimed.size(), permits, now);
        if (queueEntries.isEmpty()) {
          break;
        }
        for (var queueEntry : queueEntries) {
          var delivery = deliveries.get(queueEntry.id());
          if (delivery != null && delivery.isDue(now) && !isHeld(delivery)) {
            held.put(delivery.id(), delivery.version());
            claimed.add(delivery);
          } else {
            permits.release(queueEntry.key());
          }
        }
      }
      return claimed;
    }
  }

  private boolean isHeld(Delivery delivery) {
    return held.getOrDefault(delivery.id(), -1L) == delivery.version();
  }

  @Override
  public boolean replace(Delivery from, Delivery to) {
    from.checkNext(to);
    checkOpen.run();
    synchronized (deliveries) {
      held.remove(from.id(), from.version());
      var stored = deliveries.get(from.id());
      if (stored == null || stored.version() != from.version()) {
        if (stored != null && !isHeld(stored)) {
          queue(stored);
        }
        return false;
      }
      deliveries.put(to.id(), to);
      queue(to);
      if (to.ended()) {
        expiry.ended(to.id());
      }
      return true;
    }
  }

  @Override
  public Optional<Delivery> find(OperationId id) {
    checkOpen.run();
    synchronized (deliveries) {
      return Optional.ofNullable(deliveries.get(id));
    }
  }

  @Override
  public DeliveryPage list(DeliveryListing listing) {
    checkOpen.run();
    synchronized (deliveries) {
      var page = new ArrayList<Delivery>();
      Optional<OperationId> last = Optional.empty();
      int scanned = 0;
      for (var delivery : deliveries.headMap(listing.to(), false).descendingMap().values()) {
        if (delivery.id().compareTo(listing.from()) < 0) {
          break;
        }
        if (page.size() == listing.limit() || scanned == DeliveryListing.SCANNED_MAX) {
          return new DeliveryPage(page, last);
        }
        scanned++;
        last = Optional.of(delivery.id());
        if (listing.matches(delivery)) {
          page.add(delivery);
        }
      }
      return new DeliveryPage(page, Optional.empty());
    }
  }

  @Override
  public long waiting() {
    synchronized (deliveries) {
      return (long) ready.size() + held.size();
    }
  }

  @Override
  public Optional<Instant> nextDue(Permits permits) {
    synchronized (deliveries) {
      return ready.nextDue(permits);
    }
  }

  @Override
  public void prune(RetentionStep step) {
    checkOpen.run();
    synchronized (deliveries) {
      for (var bucket : expiry.advance(step)) {
        deliveries.subMap(bucket.from(), bucket.to()).values().removeIf(Delivery::ended);
        expiry.remove(bucket);
      }
    }
  }
}
