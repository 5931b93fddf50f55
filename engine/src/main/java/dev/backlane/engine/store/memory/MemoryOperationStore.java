package dev.backlane.engine.store.memory;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.LeasedOperation;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.StoreException;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.Spool;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.listing.Listing;
import dev.backlane.engine.store.listing.Page;
import dev.backlane.engine.store.local.LeaseTable;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueEntry;
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
import java.util.TreeMap;

/// Keeps everything in memory, contents included: for tests, for trying Backlane out, and as the model that other stores are
/// compared with. "Durable" means until the process ends. Thread-safe.
public final class MemoryOperationStore implements OperationStore {
  private record KeyScope(String tenant, String client, String key) {
    static KeyScope of(Caller caller, IdempotencyKey key) {
      return new KeyScope(caller.tenant(), caller.client(), key.key());
    }
  }

  private record KeyUse(OperationId first, IdempotencyKey key) {}

  /// What outlives a [MemoryOperationStore#reopened()].
  private static final class Disk {
    final TreeMap<OperationId, Operation> operations = new TreeMap<>();
    final Map<KeyScope, KeyUse> keys = new HashMap<>();
    final MemoryContents contents = new MemoryContents();
    final TreeMap<OperationId, Delivery> deliveries = new TreeMap<>();
    final TreeMap<MemoryRecordStore.Key, RecordStore.Entry> records = new TreeMap<>();
  }

  private final Disk disk;
  private final ReadyQueue ready = new ReadyQueue();
  private final LeaseTable leases = new LeaseTable();
  private final MemoryDeliveryStore deliveries;
  private final MemoryRecordStore records;
  private volatile boolean closed;

  /// An empty store.
  public MemoryOperationStore() {
    this(new Disk());
  }

  private MemoryOperationStore(Disk disk) {
    this.disk = disk;
    this.deliveries = new MemoryDeliveryStore(disk.deliveries, this::checkOpen);
    this.records = new MemoryRecordStore(disk.records, this::checkOpen);
    for (var operation : disk.operations.values()) {
      switch (operation.state()) {
        case State.Queued queued -> ready.add(QueueEntry.of(operation, queued));
        case State.Running _, State.Ended _ -> {}
      }
    }
  }

  /// Closes this store and opens another with what it holds, as a restart of the process would do with a store on a disk.
  public MemoryOperationStore reopened() {
    close();
    synchronized (disk) {
      return new MemoryOperationStore(disk);
    }
  }

  /// The deliveries of this store; as long as it is open.
  public DeliveryStore deliveries() {
    return deliveries;
  }

  /// The gateway's own records in this store; as long as it is open.
  public RecordStore records() {
    return records;
  }

  /// Spools that were opened and are not closed yet: 0 when nothing is under way, or something leaks.
  public int openSpools() {
    return disk.contents.openSpools();
  }

  @Override
  public Spool spool(OperationId id, String tenant, Part part) {
    checkOpen();
    return disk.contents.spool();
  }

  @Override
  public Acceptance accept(Operation operation, Content request, Optional<IdempotencyKey> key) {
    synchronized (disk) {
      checkOpen();
      if (key.isPresent()) {
        var earlier = earlier(operation.caller(), key.get());
        if (earlier.isPresent()) {
          return earlier.get();
        }
        disk.keys.put(
            KeyScope.of(operation.caller(), key.get()), new KeyUse(operation.id(), key.get()));
      }
      disk.contents.put(operation.id(), Part.REQUEST, request);
      put(operation);
      return new Acceptance.Stored();
    }
  }

  private Optional<Acceptance> earlier(Caller caller, IdempotencyKey key) {
    var use = disk.keys.get(KeyScope.of(caller, key));
    if (use == null
        || use.first().receivedAt().isBefore(key.validSince())
        || !disk.operations.containsKey(use.first())) {
      return Optional.empty();
    }
    return Arrays.equals(use.key().fingerprint(), key.fingerprint())
        ? Optional.of(new Acceptance.Repeated(use.first()))
        : Optional.of(new Acceptance.KeyReused(use.first()));
  }

  @Override
  public List<Operation> claim(int max, Permits permits, Lease lease, Instant now) {
    synchronized (disk) {
      checkOpen();
      var claimed = new ArrayList<Operation>();
      while (claimed.size() < max) {
        var turns = ready.take(max - claimed.size(), permits, now);
        if (turns.isEmpty()) {
          break;
        }
        for (var turn : turns) {
          claimOne(turn, lease, now)
              .ifPresentOrElse(claimed::add, () -> permits.release(turn.key()));
        }
      }
      return claimed;
    }
  }

  private Optional<Operation> claimOne(QueueEntry turn, Lease lease, Instant now) {
    var operation = disk.operations.get(turn.id());
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
    synchronized (disk) {
      checkOpen();
      var stored = disk.operations.get(from.id());
      if (stored == null || stored.version() != from.version()) {
        return false;
      }
      disk.contents.put(to.id(), Part.RESPONSE, response);
      put(to);
      delivery.ifPresent(deliveries::add);
      return true;
    }
  }

  private void put(Operation operation) {
    disk.operations.put(operation.id(), operation);
    if (operation.state() instanceof State.Queued queued) {
      ready.add(QueueEntry.of(operation, queued));
    }
  }

  @Override
  public Optional<Operation> find(OperationId id) {
    synchronized (disk) {
      checkOpen();
      return Optional.ofNullable(disk.operations.get(id));
    }
  }

  @Override
  public Optional<StoredContent> content(Operation operation, Part part) {
    checkOpen();
    return disk.contents.get(operation.id(), part);
  }

  @Override
  public Page list(Listing listing) {
    var page = new ArrayList<Operation>();
    synchronized (disk) {
      checkOpen();
      int scanned = 0;
      Optional<OperationId> last = Optional.empty();
      for (var operation : disk.operations.headMap(listing.to(), false).descendingMap().values()) {
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
  public Set<String> renew(String holder, Duration lifetime, Instant now) {
    checkOpen();
    return leases.renew(holder, lifetime, now);
  }

  @Override
  public void leave(String holder) {
    checkOpen();
    leases.leave(holder);
  }

  @Override
  public List<LeasedOperation> held(String holder) {
    var held = new ArrayList<LeasedOperation>();
    synchronized (disk) {
      checkOpen();
      for (var operation : disk.operations.values()) {
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
  public Optional<Instant> nextDue(Permits permits) {
    return ready.nextDue(permits);
  }

  @Override
  public void prune(Instant cutoff) {
    synchronized (disk) {
      checkOpen();
      var old = disk.operations.headMap(OperationId.lowest(cutoff), false);
      old.values()
          .removeIf(operation -> {
            if (operation.ended()) {
              disk.contents.remove(operation.id());
            }
            return operation.ended();
          });
      disk.keys.values().removeIf(use -> !disk.operations.containsKey(use.first()));
    }
  }

  @Override
  public void probe() {
    checkOpen();
  }

  @Override
  public void close() {
    closed = true;
  }

  private void checkOpen() {
    if (closed) {
      throw new StoreException("the store is closed");
    }
  }
}
