package dev.backlane.simulator;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.ForwardingStore;
import dev.backlane.engine.store.Heartbeat;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.LeasedOperation;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.Renewal;
import dev.backlane.engine.store.Replacement;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.listing.Listing;
import dev.backlane.engine.store.listing.Page;
import dev.backlane.engine.store.queue.Permits;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// The store as used by one process of the simulation. Other threads may run before and after each
/// call, and commits are recorded in the history.
final class SimulatedStore extends ForwardingStore {
  private static final double SLOW = 0.2;
  private static final Duration LATENCY_MAX = Duration.ofMillis(100);

  private final SimulatedScheduler scheduler;
  private final History history;

  SimulatedStore(OperationStore store, SimulatedScheduler scheduler, History history) {
    super(store);
    this.scheduler = scheduler;
    this.history = history;
  }

  private <T> T interleaved(Supplier<T> call) {
    passTime();
    var result = call.get();
    passTime();
    return result;
  }

  private void passTime() {
    if (scheduler.chance(SLOW)) {
      scheduler.sleep(scheduler.randomUpTo(LATENCY_MAX));
    } else {
      scheduler.yieldNow();
    }
  }

  private void committed(Operation operation) {
    history.add(new Event.Committed(scheduler.instant(), operation));
  }

  @Override
  public Acceptance accept(Operation operation, Content request, Optional<IdempotencyKey> key) {
    return interleaved(() -> {
      var acceptance = store.accept(operation, request, key);
      if (acceptance instanceof Acceptance.Stored) {
        committed(operation);
      }
      return acceptance;
    });
  }

  @Override
  public List<Operation> claim(int max, Permits permits, Lease lease, Instant now) {
    return interleaved(() -> {
      var claimed = store.claim(max, permits, lease, now);
      claimed.forEach(this::committed);
      return claimed;
    });
  }

  @Override
  public boolean replace(
      Operation from, Operation to, Content response, Optional<Delivery> delivery) {
    return interleaved(() -> {
      boolean replaced = store.replace(from, to, response, delivery);
      if (replaced) {
        committed(to);
      }
      return replaced;
    });
  }

  @Override
  public List<Replacement.Result> replaceAll(List<Replacement> replacements) {
    return interleaved(() -> {
      var results = store.replaceAll(replacements);
      for (int i = 0; i < results.size(); i++) {
        if (results.get(i) instanceof Replacement.Result.Replaced) {
          committed(replacements.get(i).to());
        }
      }
      return results;
    });
  }

  @Override
  public Renewal renew(String holder, Duration lifetime, List<Heartbeat> silences) {
    return interleaved(() -> store.renew(holder, lifetime, silences));
  }

  @Override
  public boolean expire(Heartbeat last) {
    return interleaved(() -> store.expire(last));
  }

  @Override
  public void leave(String holder) {
    interleaved(() -> {
      store.leave(holder);
      return true;
    });
  }

  @Override
  public List<LeasedOperation> held(String holder) {
    return interleaved(() -> store.held(holder));
  }

  @Override
  public Optional<Operation> find(OperationId id) {
    return interleaved(() -> store.find(id));
  }

  @Override
  public Map<OperationId, Operation> findAll(List<OperationId> ids) {
    return interleaved(() -> store.findAll(ids));
  }

  @Override
  public Optional<StoredContent> content(Operation operation, Part part) {
    return interleaved(() -> store.content(operation, part));
  }

  @Override
  public Page list(Listing listing) {
    return interleaved(() -> store.list(listing));
  }
}
