package dev.backlane.store.rocksdb.search;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.search.MatchCount;
import dev.backlane.engine.store.search.OperationFilter;
import dev.backlane.engine.store.search.OperationSearch;
import dev.backlane.engine.store.search.PageBuilder;
import dev.backlane.engine.store.search.Phase;
import dev.backlane.engine.store.search.SearchPage;
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.DamagedRecords;
import dev.backlane.store.rocksdb.database.Database;
import dev.backlane.store.rocksdb.database.OpenDatabase;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.rocksdb.RocksDBException;

/// Searches the operations of the embedded store. From the indexes that a filter permits
/// ([SearchPlan]), it takes the ids that all of them contain: the oldest of their present ids is
/// the next that can be in all, and the others skip to it. What is found is read, and compared with
/// the filter. Thread-safe.
public final class RocksSearch implements OperationSearch {
  private final Database database;
  private final UnfinishedIds unfinished;
  private final DamagedRecords damaged;

  /// @param damaged sets aside operations that cannot be read
  public RocksSearch(Database database, UnfinishedIds unfinished, DamagedRecords damaged) {
    this.database = database;
    this.unfinished = unfinished;
    this.damaged = damaged;
  }

  @Override
  public SearchPage search(OperationFilter filter, OperationId before, int limit) {
    var builder = PageBuilder.of(filter, before, limit);
    return builder.page(scan(builder));
  }

  @Override
  public MatchCount count(OperationFilter filter) {
    var builder = PageBuilder.counting(filter);
    return builder.count(scan(builder));
  }

  @Override
  public Optional<MatchCount> ahead(Operation queued, Instant now) {
    return OperationSearch.ahead(unfinished.ready(), queued, now);
  }

  /// @return whether there are no further rows
  private boolean scan(PageBuilder builder) {
    if (builder.filter().possiblePhases().isEmpty()) {
      return true;
    }
    return database.use(db -> {
      var scans = SearchPlan.scans(db, unfinished, builder.filter());
      try {
        return scan(db, scans, builder);
      } finally {
        scans.forEach(IdScan::close);
      }
    });
  }

  private boolean scan(OpenDatabase db, List<IdScan> scans, PageBuilder builder)
      throws RocksDBException {
    while (true) {
      var oldest = builder.to().previous();
      boolean inAll = true;
      for (int i = 0; i < scans.size(); i++) {
        var found = scans.get(i).atOrBefore(oldest);
        if (found.isEmpty() || found.get().compareTo(builder.filter().from()) < 0) {
          return true;
        }
        inAll &= i == 0 || found.get().equals(oldest);
        oldest = found.get();
      }
      if (builder.full()) {
        return false;
      }
      visit(db, scans, builder, oldest, inAll);
    }
  }

  private void visit(
      OpenDatabase db, List<IdScan> scans, PageBuilder builder, OperationId id, boolean inAll)
      throws RocksDBException {
    if (!inAll) {
      builder.skip(id.next());
      return;
    }
    for (var scan : scans) {
      if (!scan.mayMatch(id)) {
        builder.skip(id);
        return;
      }
    }
    var found = damaged.readable(id, () -> find(db, id, builder.filter()));
    builder.visit(id, found.map(Found::operation), found.map(Found::bytes).orElse(0));
  }

  /// An operation, and the size of its records.
  private record Found(Operation operation, int bytes) {}

  private static Optional<Found> find(OpenDatabase db, OperationId id, OperationFilter filter)
      throws RocksDBException, CorruptRecordException {
    byte[] key = id.bytes();
    // Active first: an operation may end between the two reads, but never becomes active again.
    byte[] active = db.get(Column.ACTIVE, key);
    byte[] record = active == null ? db.get(Column.ENDED, key) : active;
    if (record == null) {
      return Optional.empty();
    }
    var progress = OperationCodec.progress(record);
    if (!filter.phases().isEmpty() && !filter.phases().contains(Phase.of(progress.state()))) {
      return Optional.empty();
    }
    byte[] call = db.get(Column.CALLS, key);
    return call == null
        ? Optional.empty()
        : Optional.of(
            new Found(OperationCodec.operation(id, call, progress), call.length + record.length));
  }
}
