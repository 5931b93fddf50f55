package dev.backlane.store.rocksdb;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.StoreOrigin;
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.DamagedRecords;
import dev.backlane.store.rocksdb.database.Database;
import dev.backlane.store.rocksdb.database.StoreOriginFile;
import dev.backlane.store.rocksdb.search.UnfinishedIds;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Whether the directory of an embedded store is a copy of another one. Thread-safe.
///
/// @param unfinished knows the held operations, which each start looks for, among many queued ones
/// @param damaged sets aside operations that cannot be read
record RocksOrigin(
    StoreOriginFile file, Database database, UnfinishedIds unfinished, DamagedRecords damaged)
    implements StoreOrigin {
  @Override
  public Optional<String> copied() {
    return file.copied();
  }

  @Override
  public String original() {
    return "";
  }

  @Override
  public void adopt() {
    file.adopt();
  }

  @Override
  public List<OperationId> waiting(boolean held, OperationId after, int max) {
    return held
        ? unfinished.held().tailSet(after, false).stream().limit(max).toList()
        : queued(after, max);
  }

  private List<OperationId> queued(OperationId after, int max) {
    return database.use(db -> {
      var queued = new ArrayList<OperationId>();
      try (var active = db.iterator(Column.ACTIVE)) {
        active.seek(after.bytes());
        for (; active.isValid() && queued.size() < max; active.next()) {
          var id = OperationId.of(active.key());
          if (!id.equals(after)) {
            damaged.readable(id, () -> queued(id, active.value())).ifPresent(queued::add);
          }
        }
        active.status();
      }
      return queued;
    });
  }

  private static Optional<OperationId> queued(OperationId id, byte[] progress)
      throws CorruptRecordException {
    return OperationCodec.progress(progress).state() instanceof State.Queued
        ? Optional.of(id)
        : Optional.empty();
  }
}
