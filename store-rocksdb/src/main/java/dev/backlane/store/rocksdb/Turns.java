package dev.backlane.store.rocksdb;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.ReadyQueue;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Whose turn it is: the unfinished operations as held in memory, which wait, which this process runs, and which nobody runs
/// any more. A turn is a hint that the database confirms; it may be stale or there twice. Thread-safe.
final class Turns {
  private volatile ReadyQueue ready = new ReadyQueue();
  private final Set<OperationId> running = ConcurrentHashMap.newKeySet();
  private final Set<OperationId> abandoned = ConcurrentHashMap.newKeySet();

  /// Reads the unfinished operations: at start all that run are abandoned, after a recovery only those that nobody in this
  /// process was told about.
  void rebuild(Database database) {
    var rebuilt = new ReadyQueue();
    var found = new HashSet<OperationId>();
    database.use(db -> {
      try (var active = db.iterator(Column.ACTIVE)) {
        for (active.seekToFirst(); active.isValid(); active.next()) {
          var id = OperationId.of(active.key());
          switch (OperationCodec.progress(active.value()).state()) {
            case State.Queued queued -> rebuilt.add(id, queued.dueAt());
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
    found.removeAll(running);
    abandoned.clear();
    abandoned.addAll(found);
  }

  /// Told what a commit made of an operation.
  void committed(Operation operation) {
    var id = operation.id();
    abandoned.remove(id);
    switch (operation.state()) {
      case State.Queued queued -> {
        running.remove(id);
        ready.add(id, queued.dueAt());
      }
      case State.Running _ -> running.add(id);
      case State.Ended _ -> running.remove(id);
    }
  }

  List<OperationId> take(int max, Instant now) {
    return ready.take(max, now);
  }

  void giveBack(List<OperationId> ids, Instant dueAt) {
    ids.forEach(id -> ready.add(id, dueAt));
  }

  List<OperationId> abandoned() {
    return abandoned.stream().sorted().toList();
  }

  int waiting() {
    return ready.size();
  }

  Optional<Instant> nextDue() {
    return ready.nextDue();
  }
}
