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
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.DamagedRecords;
import dev.backlane.store.rocksdb.database.Database;
import dev.backlane.store.rocksdb.database.OpenDatabase;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.rocksdb.RocksDBException;

/// An in-memory index of the operations that have not ended: a queue of the waiting ones and a set
/// of the running ones. A queue entry may be stale or a duplicate, so it must be confirmed by the
/// database.
/// Thread-safe.
final class QueueIndex {
  private final DamagedRecords damaged;
  private volatile ReadyQueue ready = new ReadyQueue();
  private final Set<OperationId> running = ConcurrentHashMap.newKeySet();
  private final Set<OperationId> unreadable = ConcurrentHashMap.newKeySet();

  /// @param damaged sets aside operations that cannot be read
  QueueIndex(DamagedRecords damaged) {
    this.damaged = damaged;
  }

  /// Rebuilds the index from the database, when the store is opened and after a recovery.
  void rebuild(Database database) {
    var rebuilt = new ReadyQueue();
    var found = new HashSet<OperationId>();
    var damagedIds = new HashSet<OperationId>();
    database.use(db -> {
      try (var active = db.iterator(Column.ACTIVE)) {
        for (active.seekToFirst(); active.isValid(); active.next()) {
          var id = OperationId.of(active.key());
          damaged
              .readable(id, () -> waiting(db, id, active.value(), found), () -> damagedIds.add(id))
              .ifPresent(rebuilt::add);
        }
        active.status();
      }
      return true;
    });
    ready = rebuilt;
    running.retainAll(found);
    running.addAll(found);
    unreadable.retainAll(damagedIds);
    unreadable.addAll(damagedIds);
  }

  /// The queue entry of an operation that waits; empty if it runs, and then it is added to
  /// `running`.
  private static Optional<QueueEntry> waiting(
      OpenDatabase db, OperationId id, byte[] progress, Set<OperationId> running)
      throws RocksDBException, CorruptRecordException {
    return switch (OperationCodec.progress(progress).state()) {
      case State.Queued queued -> Optional.of(entry(db, id, queued));
      case State.Held _ -> Optional.empty();
      case State.Running _ -> {
        running.add(id);
        yield Optional.empty();
      }
      case State.Ended _ ->
          throw new CorruptRecordException(
              "operation " + id + " has ended, but is stored as active");
    };
  }

  private static QueueEntry entry(OpenDatabase db, OperationId id, State.Queued queued)
      throws RocksDBException, CorruptRecordException {
    byte[] call = db.get(Column.CALLS, id.bytes());
    if (call == null) {
      throw new CorruptRecordException("operation " + id + " is queued, but its call is missing");
    }
    return OperationCodec.queueEntry(id, call, queued.dueAt());
  }

  /// Updates the index after a commit of an operation.
  void committed(Operation operation) {
    var id = operation.id();
    unreadable.remove(id);
    switch (operation.state()) {
      case State.Queued queued -> {
        running.remove(id);
        ready.add(QueueEntry.of(operation, queued));
      }
      case State.Held _ -> {}
      case State.Running _ -> running.add(id);
      case State.Ended _ -> running.remove(id);
    }
  }

  /// Updates the index after the commit of an operation's end.
  void ended(OperationId id) {
    running.remove(id);
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
  List<OperationId> running() {
    return running.stream().sorted().toList();
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
