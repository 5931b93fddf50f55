package dev.backlane.store.rocksdb;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueEntry;
import dev.backlane.engine.store.queue.ReadyQueue;
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.Database;
import dev.backlane.store.rocksdb.database.OpenDatabase;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.rocksdb.RocksDBException;

/// The operations that have not ended, in memory: the queue of those that wait, and those that are
/// running. A queue entry is a hint that the database confirms: it may be stale or a duplicate.
/// Thread-safe.
final class QueueIndex {
  private volatile ReadyQueue ready = new ReadyQueue();
  private final Set<OperationId> running = ConcurrentHashMap.newKeySet();

  /// Reads the unfinished operations, on opening and after a recovery.
  void rebuild(Database database) {
    var rebuilt = new ReadyQueue();
    var found = new HashSet<OperationId>();
    database.use(db -> {
      try (var active = db.iterator(Column.ACTIVE)) {
        for (active.seekToFirst(); active.isValid(); active.next()) {
          var id = OperationId.of(active.key());
          switch (OperationCodec.progress(active.value()).state()) {
            case State.Queued queued -> rebuilt.add(entry(db, id, queued));
            case State.Running _ -> found.add(id);
            case State.Ended _ ->
                throw new CorruptRecordException(
                    "operation " + id + " has ended, but is stored as active");
          }
        }
        active.status();
      }
      return true;
    });
    ready = rebuilt;
    running.retainAll(found);
    running.addAll(found);
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
    switch (operation.state()) {
      case State.Queued queued -> {
        running.remove(id);
        ready.add(QueueEntry.of(operation, queued));
      }
      case State.Running _ -> running.add(id);
      case State.Ended _ -> running.remove(id);
    }
  }

  List<QueueEntry> take(int max, Permits permits, Instant now) {
    return ready.take(max, permits, now);
  }

  void restore(List<QueueEntry> entries) {
    entries.forEach(ready::add);
  }

  /// The running operations, in the order in which they were received.
  List<OperationId> running() {
    return running.stream().sorted().toList();
  }

  int waiting() {
    return ready.size();
  }

  Optional<Instant> nextDue(Permits permits) {
    return ready.nextDue(permits);
  }
}
