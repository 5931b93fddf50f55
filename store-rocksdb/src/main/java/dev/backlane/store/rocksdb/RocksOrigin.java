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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Whether the directory of an embedded store is a copy of another one. Thread-safe.
///
/// @param damaged sets aside operations that cannot be read
record RocksOrigin(StoreOriginFile file, Database database, DamagedRecords damaged)
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
    return database.use(db -> {
      var waiting = new ArrayList<OperationId>();
      try (var active = db.iterator(Column.ACTIVE)) {
        active.seek(after.bytes());
        for (; active.isValid() && waiting.size() < max; active.next()) {
          var id = OperationId.of(active.key());
          if (!id.equals(after)) {
            damaged.readable(id, () -> waiting(held, id, active.value())).ifPresent(waiting::add);
          }
        }
        active.status();
      }
      return waiting;
    });
  }

  private static Optional<OperationId> waiting(boolean held, OperationId id, byte[] progress)
      throws CorruptRecordException {
    var state = OperationCodec.progress(progress).state();
    return (held ? state instanceof State.Held : state instanceof State.Queued)
        ? Optional.of(id)
        : Optional.empty();
  }
}
