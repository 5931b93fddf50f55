package dev.backlane.simulator;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.ForwardingStore;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.LeasedOperation;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.listing.Listing;
import dev.backlane.engine.store.listing.Page;
import dev.backlane.engine.store.queue.Permits;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// The store as one process of the simulation sees it: each call takes its turn before and after, so that others come in
/// between, and what was committed is recorded.
final class SimulatedStore extends ForwardingStore {
  private static final double SLOW = 0.2;
  private static final Duration LATENCY_MAX = Duration.ofMillis(100);

  private final SimulatedScheduler world;
  private final History history;

  SimulatedStore(OperationStore store, SimulatedScheduler world, History history) {
    super(store);
    this.world = world;
    this.history = history;
  }

  private <T> T inTurn(Supplier<T> call) {
    takeTime();
    var result = call.get();
    takeTime();
    return result;
  }

  private void takeTime() {
    if (world.chance(SLOW)) {
      world.sleep(world.upTo(LATENCY_MAX));
    } else {
      world.giveWay();
    }
  }

  private void committed(Operation operation) {
    history.add(new Event.Committed(world.instant(), operation));
  }

  @Override
  public Acceptance accept(Operation operation, Content request, Optional<IdempotencyKey> key) {
    return inTurn(() -> {
      var acceptance = store.accept(operation, request, key);
      if (acceptance instanceof Acceptance.Stored) {
        committed(operation);
      }
      return acceptance;
    });
  }

  @Override
  public List<Operation> claim(int max, Permits permits, Lease lease, Instant now) {
    return inTurn(() -> {
      var claimed = store.claim(max, permits, lease, now);
      claimed.forEach(this::committed);
      return claimed;
    });
  }

  @Override
  public boolean replace(
      Operation from, Operation to, Content response, Optional<Delivery> delivery) {
    return inTurn(() -> {
      boolean replaced = store.replace(from, to, response, delivery);
      if (replaced) {
        committed(to);
      }
      return replaced;
    });
  }

  @Override
  public Set<String> renew(String holder, Duration lifetime, Instant now) {
    return inTurn(() -> store.renew(holder, lifetime, now));
  }

  @Override
  public void leave(String holder) {
    inTurn(() -> {
      store.leave(holder);
      return true;
    });
  }

  @Override
  public List<LeasedOperation> held(String holder) {
    return inTurn(() -> store.held(holder));
  }

  @Override
  public Optional<Operation> find(OperationId id) {
    return inTurn(() -> store.find(id));
  }

  @Override
  public Optional<StoredContent> content(Operation operation, Part part) {
    return inTurn(() -> store.content(operation, part));
  }

  @Override
  public Page list(Listing listing) {
    return inTurn(() -> store.list(listing));
  }
}
