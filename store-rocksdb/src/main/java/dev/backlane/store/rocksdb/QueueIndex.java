package dev.backlane.store.rocksdb;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueEntry;
import dev.backlane.engine.store.queue.ReadyQueue;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.rocksdb.RocksDBException;

/// Whose turn it is: the unfinished operations as held in memory, which wait and which are running. A turn is a hint that the
/// database confirms; it may be stale or there twice. Thread-safe.
final class QueueIndex {
  private volatile ReadyQueue ready = new ReadyQueue();
  private final Set<OperationId> running = ConcurrentHashMap.newKeySet();

  /// Reads the unfinished operations, at start and after a recovery.
  void rebuild(Database database) {
    var rebuilt = new ReadyQueue();
    var found = new HashSet<OperationId>();
    database.use(db -> {
      try (var active = db.iterator(Column.ACTIVE)) {
        for (active.seekToFirst(); active.isValid(); active.next()) {
          var id = OperationId.of(active.key());
          switch (OperationCodec.progress(active.value()).state()) {
            case State.Queued queued -> rebuilt.add(turn(db, id, queued));
            case State.Running _ -> found.add(id);
            case State.Ended _ ->
                throw new CorruptRecordException("operation " + id + " has ended and is active");
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

  private static QueueEntry turn(OpenDatabase db, OperationId id, State.Queued queued)
      throws RocksDBException, CorruptRecordException {
    byte[] call = db.get(Column.CALLS, id.bytes());
    if (call == null) {
      throw new CorruptRecordException("operation " + id + " waits and has no call");
    }
    return OperationCodec.queueEntry(id, call, queued.dueAt());
  }

  /// Told what a commit made of an operation.
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

  void release(List<QueueEntry> turns) {
    turns.forEach(ready::add);
  }

  /// In the order of their receipt.
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
