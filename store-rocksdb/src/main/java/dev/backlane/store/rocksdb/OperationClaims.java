package dev.backlane.store.rocksdb;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.cache.ClaimedBodies;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueEntry;
import dev.backlane.store.rocksdb.Command.Result;
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.DamagedRecords;
import dev.backlane.store.rocksdb.database.Database;
import dev.backlane.store.rocksdb.database.Keys;
import dev.backlane.store.rocksdb.database.OpenDatabase;
import dev.backlane.store.rocksdb.database.Reads;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Claims due operations and reads them, with their request bodies unless those are large: the
/// records of a claim are neighbors in the database, and reading them together takes a fraction of
/// the time of single reads. Thread-safe.
final class OperationClaims {
  private static final Logger LOG = LoggerFactory.getLogger(OperationClaims.class);

  private final Database database;
  private final Records records;
  private final QueueIndex queue;
  private final DamagedRecords damaged;
  private final Command.Commits commits;
  private final ClaimedBodies bodies = new ClaimedBodies();

  OperationClaims(
      Database database,
      Records records,
      QueueIndex queue,
      DamagedRecords damaged,
      Command.Commits commits) {
    this.database = database;
    this.records = records;
    this.queue = queue;
    this.damaged = damaged;
    this.commits = commits;
  }

  /// As [dev.backlane.engine.store.OperationStore#claim].
  List<Operation> claim(int max, Permits permits, Lease lease, Instant now) {
    var claimed = new ArrayList<Operation>();
    while (claimed.size() < max) {
      var due = queue.take(max - claimed.size(), permits, now);
      if (due.isEmpty()) {
        break;
      }
      try {
        claimed.addAll(start(due, permits, lease, now));
      } catch (StoreException failed) {
        // Queue the operations of this round again; those that were started in earlier rounds are
        // returned.
        due.forEach(entry -> permits.release(entry.key()));
        queue.restore(due);
        if (claimed.isEmpty()) {
          throw failed;
        }
        break;
      }
    }
    return claimed;
  }

  private List<Operation> start(List<QueueEntry> due, Permits permits, Lease lease, Instant now) {
    long mark = commits.versions().mark();
    var found = database.use(db -> waiting(db, due, now));
    var running = new ArrayList<Operation>(found.size());
    var changes = new ArrayList<Command.Change>(found.size());
    for (var waiting : found) {
      var next = waiting.to(Lifecycle.start((State.Queued) waiting.state(), lease, now));
      running.add(next);
      changes.add(Records.change(waiting, next));
    }
    var started = started(running, new Command.Start(changes, mark));
    var ids = new HashSet<OperationId>();
    started.forEach(operation -> ids.add(operation.id()));
    for (var entry : due) {
      if (!ids.remove(entry.id())) {
        permits.release(entry.key());
      }
    }
    return started;
  }

  /// The operations that can be started. An entry may be stale: its operation was canceled,
  /// postponed, or started through a duplicate entry. One that is damaged is ended by the next
  /// takeover.
  private List<Operation> waiting(OpenDatabase db, List<QueueEntry> due, Instant now)
      throws RocksDBException {
    var reads = new Reads(db, 2 * due.size());
    for (var entry : due) {
      byte[] id = entry.id().bytes();
      reads.add(Column.ACTIVE, id);
      reads.add(Column.CALLS, id);
    }
    reads.read();
    var waiting = new ArrayList<Operation>(due.size());
    for (int i = 0; i < due.size(); i++) {
      int first = 2 * i;
      var id = due.get(i).id();
      damaged
          .readable(id, () -> operation(id, reads, first), () -> queue.cannotRead(id))
          .filter(operation -> isDue(operation, now))
          .ifPresent(waiting::add);
    }
    return waiting;
  }

  /// @return empty if it has ended
  private static Optional<Operation> operation(OperationId id, Reads reads, int first)
      throws RocksDBException, CorruptRecordException {
    byte[] progress = reads.at(first);
    return Records.operation(id, progress == null ? null : reads.at(first + 1), progress);
  }

  private static boolean isDue(Operation operation, Instant now) {
    return operation.state() instanceof State.Queued queued && !queued.dueAt().isAfter(now);
  }

  private List<Operation> started(List<Operation> running, Command.Start start) {
    if (running.isEmpty()) {
      return List.of();
    }
    var made = ((Result.Changed) commits.makeOrThrow(start)).made();
    var started = new ArrayList<Operation>(running.size());
    for (int i = 0; i < running.size(); i++) {
      if (made.get(i)) {
        queue.committed(running.get(i));
        started.add(running.get(i));
      }
    }
    keepBodies(started);
    return started;
  }

  private void keepBodies(List<Operation> started) {
    var small = new ArrayList<Operation>(started.size());
    for (var operation : started) {
      long length = operation.request().contentLength();
      if (length == 0) {
        bodies.keep(operation.id(), Optional.empty());
      } else if (length <= ClaimedBodies.BODY_BYTES_MAX) {
        small.add(operation);
      }
    }
    // The operations are running, so nothing may fail here: a body that cannot be read now is read
    // again by its attempt.
    try {
      database.use(db -> {
        var reads = new Reads(db, small.size());
        small.forEach(
            operation -> reads.add(Column.CONTENTS, Keys.content(operation.id(), Part.REQUEST)));
        reads.read();
        for (int i = 0; i < small.size(); i++) {
          keepBody(small.get(i).id(), reads.together(i));
        }
        return true;
      });
    } catch (StoreException unreadable) {
      LOG.debug("request bodies cannot be read with their claim", unreadable);
    }
  }

  private void keepBody(OperationId id, byte @Nullable [] value) {
    if (value == null) {
      return;
    }
    try {
      bodies.keep(id, Optional.of(records.content(value)));
    } catch (CorruptRecordException damaged) {
      LOG.debug("a request body cannot be read with its claim", damaged);
    }
  }

  /// Takes the request body of an operation that was claimed.
  ///
  /// @param read reads it if it was not read with the claim
  Optional<StoredContent> body(OperationId id, Supplier<Optional<StoredContent>> read) {
    return bodies.take(id, read);
  }
}
