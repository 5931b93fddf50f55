package dev.backlane.store.rocksdb;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueEntry;
import dev.backlane.engine.store.queue.QueueKey;
import dev.backlane.engine.store.queue.ReadyQueue;
import dev.backlane.engine.store.search.Phase;
import dev.backlane.store.rocksdb.database.AscendingReads;
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.DamagedRecords;
import dev.backlane.store.rocksdb.database.Database;
import dev.backlane.store.rocksdb.search.UnfinishedIds;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import org.rocksdb.RocksDBException;

/// An in-memory index of the operations that have not ended: a queue of the waiting ones and a set
/// of the running ones. A queue entry may be stale or a duplicate, so it must be confirmed by the
/// database.
/// Thread-safe.
final class QueueIndex implements UnfinishedIds {
  private final DamagedRecords damaged;
  private volatile ReadyQueue ready = new ReadyQueue();
  private final NavigableSet<OperationId> running = new ConcurrentSkipListSet<>();
  private final NavigableSet<OperationId> retrying = new ConcurrentSkipListSet<>();
  private final NavigableSet<OperationId> held = new ConcurrentSkipListSet<>();
  private final Set<OperationId> unreadable = ConcurrentHashMap.newKeySet();

  /// @param damaged sets aside operations that cannot be read
  QueueIndex(DamagedRecords damaged) {
    this.damaged = damaged;
  }

  /// Rebuilds the index from the database, when the store is opened and after a recovery.
  void rebuild(Database database) {
    var waiting = new ArrayList<QueueEntry>();
    // The entries of an owner share their key: half of the memory.
    var keys = new HashMap<QueueKey, QueueKey>();
    var found = new EnumMap<Phase, Set<OperationId>>(Phase.class);
    var damagedIds = new HashSet<OperationId>();
    database.use(db -> {
      try (var active = db.iterator(Column.ACTIVE);
          var calls = new AscendingReads(db, Column.CALLS)) {
        for (active.seekToFirst(); active.isValid(); active.next()) {
          var id = OperationId.of(active.key());
          damaged
              .readable(
                  id, () -> waiting(calls, id, active.value(), found), () -> damagedIds.add(id))
              .map(entry -> entry.with(keys.computeIfAbsent(entry.key(), key -> key)))
              .ifPresent(waiting::add);
        }
        active.status();
      }
      return true;
    });
    ready = new ReadyQueue(waiting);
    replace(running, found.getOrDefault(Phase.RUNNING, Set.of()));
    replace(retrying, found.getOrDefault(Phase.RETRYING, Set.of()));
    replace(held, found.getOrDefault(Phase.HELD, Set.of()));
    unreadable.retainAll(damagedIds);
    unreadable.addAll(damagedIds);
  }

  private static void replace(Set<OperationId> ids, Set<OperationId> found) {
    ids.retainAll(found);
    ids.addAll(found);
  }

  /// The queue entry of an operation that waits; empty if it runs or is held.
  ///
  /// @param found receives its id, by its phase
  private static Optional<QueueEntry> waiting(
      AscendingReads calls, OperationId id, byte[] progress, Map<Phase, Set<OperationId>> found)
      throws RocksDBException, CorruptRecordException {
    var state = OperationCodec.progress(progress).state();
    var phase = Phase.of(state);
    if (phase != Phase.QUEUED) {
      found.computeIfAbsent(phase, _ -> new HashSet<>()).add(id);
    }
    return switch (state) {
      case State.Queued queued -> Optional.of(entry(calls, id, queued));
      case State.Held _, State.Running _ -> Optional.empty();
      case State.Ended _ ->
          throw new CorruptRecordException(
              "operation " + id + " has ended, but is stored as active");
    };
  }

  private static QueueEntry entry(AscendingReads calls, OperationId id, State.Queued queued)
      throws RocksDBException, CorruptRecordException {
    byte[] call = calls.get(id.bytes());
    if (call == null) {
      throw new CorruptRecordException("operation " + id + " is queued, but its call is missing");
    }
    return OperationCodec.queueEntry(id, call, queued.dueAt());
  }

  /// Updates the index after a commit of an operation.
  void committed(Operation operation) {
    var id = operation.id();
    unreadable.remove(id);
    if (operation.state() instanceof State.Queued queued) {
      ready.add(QueueEntry.of(operation, queued));
    }
    var phase = Phase.of(operation.state());
    keep(running, id, phase == Phase.RUNNING);
    keep(retrying, id, phase == Phase.RETRYING);
    keep(held, id, phase == Phase.HELD);
  }

  private static void keep(Set<OperationId> ids, OperationId id, boolean contained) {
    if (contained) {
      ids.add(id);
    } else {
      ids.remove(id);
    }
  }

  /// Updates the index after the commit of an operation's end.
  void ended(OperationId id) {
    List.of(running, retrying, held).forEach(ids -> ids.remove(id));
    unreadable.remove(id);
  }

  /// Records that an operation cannot be read.
  void cannotRead(OperationId id) {
    unreadable.add(id);
  }

  /// The operations that cannot be read, and have not ended.
  Set<OperationId> unreadable() {
    return Set.copyOf(unreadable);
  }

  List<QueueEntry> take(int max, Permits permits, Instant now) {
    return ready.take(max, permits, now);
  }

  void restore(List<QueueEntry> entries) {
    entries.forEach(ready::add);
  }

  /// The running operations, ordered by time of receipt.
  @Override
  public NavigableSet<OperationId> running() {
    return running;
  }

  @Override
  public ReadyQueue ready() {
    return ready;
  }

  @Override
  public NavigableSet<OperationId> retrying() {
    return retrying;
  }

  @Override
  public NavigableSet<OperationId> held() {
    return held;
  }

  int waiting() {
    return ready.size();
  }

  int waiting(String tenant) {
    return ready.size(tenant);
  }

  Optional<Instant> nextDue(Permits permits) {
    return ready.nextDue(permits);
  }

  Set<QueueKey> dueKeys(int max, Instant now) {
    return ready.dueKeys(max, now);
  }
}
