package dev.backlane.engine.store.memory;

import dev.backlane.engine.codec.CallerDigests;
import dev.backlane.engine.codec.KeyUse;
import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.Heartbeat;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.LeasedOperation;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.Renewal;
import dev.backlane.engine.store.Replacement;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.Spool;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.engine.store.listing.Listing;
import dev.backlane.engine.store.listing.Page;
import dev.backlane.engine.store.local.LeaseTable;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueEntry;
import dev.backlane.engine.store.queue.QueueKey;
import dev.backlane.engine.store.queue.ReadyQueue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Stores operations in memory. Thread-safe.
final class MemoryOperationStore implements OperationStore {
  private final MemoryData data;
  private final MemoryDeliveryStore deliveries;
  private final Runnable checkOpen;
  private final LeaseTable leases = new LeaseTable();
  private volatile ReadyQueue ready = new ReadyQueue();

  /// @param data the stored data; outlives this object
  /// @param deliveries stores the deliveries that are stored with an operation's end
  /// @param checkOpen throws if the store is closed
  MemoryOperationStore(MemoryData data, MemoryDeliveryStore deliveries, Runnable checkOpen) {
    this.data = data;
    this.deliveries = deliveries;
    this.checkOpen = checkOpen;
  }

  /// Queues the operations that wait, on opening and after a transfer.
  void rebuild() {
    synchronized (data) {
      ready = new ReadyQueue();
      data.operations.values().forEach(this::queue);
    }
  }

  private void queue(Operation operation) {
    switch (operation.state()) {
      case State.Queued queued -> ready.add(QueueEntry.of(operation, queued));
      case State.Held _, State.Running _, State.Ended _ -> {}
    }
  }

  @Override
  public Spool spool(OperationId id, String tenant, Part part) {
    checkOpen.run();
    return data.contents.spool();
  }

  @Override
  public Acceptance accept(Operation operation, Content request, Optional<IdempotencyKey> key) {
    synchronized (data) {
      checkOpen.run();
      if (key.isPresent()) {
        var earlier = earlierUse(operation.caller(), key.get());
        if (earlier.isPresent()) {
          return earlier.get();
        }
        byte[] digest = digests(operation.caller(), key.get()).own();
        data.keys.put(
            MemoryData.hex(digest), new KeyUse(0, digest, operation.id(), key.get().fingerprint()));
      }
      data.contents.put(operation.id(), Part.REQUEST, request);
      put(operation);
      return new Acceptance.Stored();
    }
  }

  private static CallerDigests.KeyDigests digests(Caller caller, IdempotencyKey key) {
    return CallerDigests.idempotency(caller, key.key(), key.ownership());
  }

  private Optional<Acceptance> earlierUse(Caller caller, IdempotencyKey key) {
    var digests = digests(caller, key);
    return digests
        .other()
        .flatMap(this::use)
        .filter(use -> isOf(use.first(), caller))
        .or(() -> use(digests.own()))
        .map(use ->
            Arrays.equals(use.fingerprint(), key.fingerprint())
                ? new Acceptance.Repeated(use.first())
                : new Acceptance.KeyReused(use.first()));
  }

  private boolean isOf(OperationId id, Caller caller) {
    var operation = data.operations.get(id);
    return operation != null && operation.caller().equals(caller);
  }

  /// The use of a key by an operation that is stored.
  private Optional<KeyUse> use(byte[] digest) {
    return Optional.ofNullable(data.keys.get(MemoryData.hex(digest)))
        .filter(use -> data.operations.containsKey(use.first()));
  }

  @Override
  public List<Operation> claim(int max, Permits permits, Lease lease, Instant now) {
    synchronized (data) {
      checkOpen.run();
      var claimed = new ArrayList<Operation>();
      while (claimed.size() < max) {
        var queueEntries = ready.take(max - claimed.size(), permits, now);
        if (queueEntries.isEmpty()) {
          break;
        }
        for (var queueEntry : queueEntries) {
          claimOne(queueEntry, lease, now)
              .ifPresentOrElse(claimed::add, () -> permits.release(queueEntry.key()));
        }
      }
      return claimed;
    }
  }

  private Optional<Operation> claimOne(QueueEntry queueEntry, Lease lease, Instant now) {
    var operation = data.operations.get(queueEntry.id());
    if (operation == null
        || !(operation.state() instanceof State.Queued queued)
        || queued.dueAt().isAfter(now)) {
      return Optional.empty();
    }
    var running = operation.to(Lifecycle.start(queued, lease, now));
    put(running);
    return Optional.of(running);
  }

  @Override
  public boolean replace(
      Operation from, Operation to, Content response, Optional<Delivery> delivery) {
    from.checkNext(to);
    synchronized (data) {
      checkOpen.run();
      var stored = data.operations.get(from.id());
      if (stored == null || stored.version() != from.version()) {
        return false;
      }
      data.contents.put(to.id(), Part.RESPONSE, response);
      put(to);
      if (to.ended()) {
        data.expiry.ended(to.id());
      }
      delivery.ifPresent(deliveries::add);
      return true;
    }
  }

  @Override
  public List<Replacement.Result> replaceAll(List<Replacement> replacements) {
    return replacements.stream()
        .map(each -> replace(each.from(), each.to(), Content.EMPTY, each.delivery()))
        .map(Replacement.Result::of)
        .toList();
  }

  @Override
  public boolean setAside(OperationId id, long version, State.Failed end) {
    synchronized (data) {
      checkOpen.run();
      var stored = data.operations.get(id);
      if (stored == null || stored.version() != version || stored.ended()) {
        return false;
      }
      put(stored.to(end));
      return true;
    }
  }

  private void put(Operation operation) {
    data.operations.put(operation.id(), operation);
    queue(operation);
  }

  @Override
  public Optional<Operation> find(OperationId id) {
    synchronized (data) {
      checkOpen.run();
      return Optional.ofNullable(data.operations.get(id));
    }
  }

  @Override
  public Map<OperationId, Operation> findAll(List<OperationId> ids) {
    var found = new HashMap<OperationId, Operation>();
    synchronized (data) {
      checkOpen.run();
      for (var id : ids) {
        var operation = data.operations.get(id);
        if (operation != null) {
          found.put(id, operation);
        }
      }
    }
    return found;
  }

  @Override
  public Optional<StoredContent> content(Operation operation, Part part) {
    checkOpen.run();
    return data.contents.get(operation.id(), part);
  }

  @Override
  public Page list(Listing listing) {
    var page = new ArrayList<Operation>();
    synchronized (data) {
      checkOpen.run();
      int scanned = 0;
      Optional<OperationId> last = Optional.empty();
      for (var operation : data.operations.headMap(listing.to(), false).descendingMap().values()) {
        if (operation.id().compareTo(listing.from()) < 0) {
          break;
        }
        if (page.size() == listing.limit() || scanned == Listing.SCANNED_MAX) {
          return new Page(page, last);
        }
        scanned++;
        last = Optional.of(operation.id());
        if (listing.matches(operation)) {
          page.add(operation);
        }
      }
      return new Page(page, Optional.empty());
    }
  }

  @Override
  public Renewal renew(String holder, Duration lifetime, List<Heartbeat> silences) {
    checkOpen.run();
    return leases.renew(holder, lifetime, silences);
  }

  @Override
  public boolean expire(Heartbeat last) {
    checkOpen.run();
    return leases.expire(last);
  }

  @Override
  public void leave(String holder) {
    checkOpen.run();
    leases.leave(holder);
  }

  @Override
  public List<LeasedOperation> held(String holder) {
    var held = new ArrayList<LeasedOperation>();
    synchronized (data) {
      checkOpen.run();
      for (var operation : data.operations.values()) {
        if (operation.state() instanceof State.Running run
            && leases.concerns(holder, run.lease())) {
          held.add(new LeasedOperation(operation.id(), operation.version(), run.lease()));
        }
      }
    }
    return held;
  }

  @Override
  public long queued() {
    return ready.size();
  }

  @Override
  public long queued(String tenant) {
    return ready.size(tenant);
  }

  /// The queue of the waiting operations.
  ReadyQueue queue() {
    return ready;
  }

  @Override
  public Optional<Instant> nextDue(Permits permits) {
    return ready.nextDue(permits);
  }

  @Override
  public Set<QueueKey> dueKeys(int max, Instant now) {
    return ready.dueKeys(max, now);
  }

  @Override
  public void prune(RetentionStep step) {
    synchronized (data) {
      checkOpen.run();
      for (var bucket : data.expiry.advance(step)) {
        data.operations
            .subMap(bucket.from(), bucket.to())
            .values()
            .removeIf(operation -> {
              if (operation.ended()) {
                data.contents.remove(operation.id());
              }
              return operation.ended();
            });
        data.expiry.remove(bucket);
      }
      data.keys.values().removeIf(use -> !data.operations.containsKey(use.first()));
    }
  }

  @Override
  public void probe() {
    checkOpen.run();
  }
}
