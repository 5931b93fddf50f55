package dev.backlane.store.testkit;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.listing.DeliveryListing;
import dev.backlane.engine.store.listing.DeliveryPage;
import dev.backlane.engine.store.queue.Permits;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/// A delivery store whose next calls throw, before or after a write, as the test sets.
/// Thread-safe.
final class ScriptedDeliveryStore implements DeliveryStore {
  private final DeliveryStore store;
  private final AtomicInteger claimsToRefuse = new AtomicInteger();
  private final AtomicInteger changesToRefuse = new AtomicInteger();
  private final AtomicInteger changesToDoAndRefuse = new AtomicInteger();
  private final BlockingQueue<Delivery> changes = new LinkedBlockingQueue<>();
  private final BlockingQueue<RetentionStep> prunes = new LinkedBlockingQueue<>();
  private volatile CountDownLatch held = new CountDownLatch(0);

  ScriptedDeliveryStore(DeliveryStore store) {
    this.store = store;
  }

  void failClaims(int times) {
    claimsToRefuse.set(times);
  }

  /// Makes the next writes throw without effect.
  void failBeforeWrites(int times) {
    changesToRefuse.set(times);
  }

  /// Makes the next writes throw after they took effect.
  void failAfterWrites(int times) {
    changesToDoAndRefuse.set(times);
  }

  /// Makes writes wait.
  void holdWrites(CountDownLatch until) {
    held = until;
  }

  /// The steps of all prunes.
  BlockingQueue<RetentionStep> prunes() {
    return prunes;
  }

  /// The new versions of deliveries, including those whose write threw.
  BlockingQueue<Delivery> changes() {
    return changes;
  }

  /// Whether every planned failure has occurred.
  boolean isDone() {
    return claimsToRefuse.get() + changesToRefuse.get() + changesToDoAndRefuse.get() == 0;
  }

  private static boolean counts(AtomicInteger left) {
    return left.getAndUpdate(count -> Math.max(0, count - 1)) > 0;
  }

  @Override
  public void add(Delivery delivery) {
    store.add(delivery);
  }

  @Override
  public List<Delivery> claim(int max, Permits permits, Duration hold, Instant now) {
    if (counts(claimsToRefuse)) {
      throw new StoreException("injected: nothing was claimed");
    }
    return store.claim(max, permits, hold, now);
  }

  @Override
  public boolean replace(Delivery from, Delivery to) {
    awaitRelease();
    if (counts(changesToRefuse)) {
      throw new StoreException("injected: nothing was changed");
    }
    boolean made = store.replace(from, to);
    if (made) {
      changes.add(to);
    }
    if (counts(changesToDoAndRefuse)) {
      throw new StoreException("injected: it was changed");
    }
    return made;
  }

  private void awaitRelease() {
    try {
      held.await();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public Optional<Delivery> find(OperationId id) {
    return store.find(id);
  }

  @Override
  public DeliveryPage list(DeliveryListing listing) {
    return store.list(listing);
  }

  @Override
  public long waiting() {
    return store.waiting();
  }

  @Override
  public Optional<Instant> nextDue(Permits permits) {
    return store.nextDue(permits);
  }

  @Override
  public void prune(RetentionStep step) {
    store.prune(step);
    prunes.add(step);
  }
}
