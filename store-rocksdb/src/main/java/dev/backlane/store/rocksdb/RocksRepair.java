package dev.backlane.store.rocksdb;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.codec.OperationCodec.Progress;
import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.SealedCredentials;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.local.DurableFiles;
import dev.backlane.store.rocksdb.body.BodyFiles;
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.Database;
import dev.backlane.store.rocksdb.database.Indexes;
import dev.backlane.store.rocksdb.database.ManifestGuard;
import dev.backlane.store.rocksdb.database.OpenDatabase;
import dev.backlane.store.rocksdb.database.Salvage;
import dev.backlane.store.rocksdb.database.StoreDirectory;
import dev.backlane.store.rocksdb.database.StoreLock;
import dev.backlane.store.rocksdb.database.StoreOriginFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/// Repairs a damaged store that is not open. What is damaged is moved to a new folder below
/// `damaged/` in the store's directory, and nothing is deleted. Steps:
///
/// 1. If the database cannot be read completely, copy what can be read into a new one ([Salvage]).
/// 2. If writes of its log are missing, accept that. The store is then an older state of itself,
///    and is marked as a copy, so that calls that may have been executed are held.
/// 3. End operations whose state is damaged, and remove those whose call is damaged.
/// 4. Set aside body files that are damaged: their operations end at the next start, or their
///    contents are reported as damaged.
///
/// For one thread, once.
final class RocksRepair {
  private final StoreDirectory store;
  private final Path aside;
  private final Consumer<String> report;
  private long repaired;

  private RocksRepair(StoreDirectory store, Consumer<String> report) {
    this.store = store;
    this.report = report;
    var time = Instant.now().toString().replaceAll("[^0-9TZ]", "");
    this.aside = store.path().resolve("damaged").resolve(time);
  }

  /// @param report receives a line for each thing that was set aside
  /// @return how many were
  static long run(Path path, Consumer<String> report) {
    var store = StoreDirectory.prepare(path);
    if (store.fresh()) {
      throw new StoreException("there is no store in " + path + "; check the path");
    }
    try (var _ = StoreLock.take(store)) {
      var repair = new RocksRepair(store, report);
      repair.database();
      try (var database = Database.open(store)) {
        repair.records(database);
        repair.bodies(database);
      }
      ManifestGuard.write(store);
      return repair.repaired;
    } catch (IOException failed) {
      throw new StoreException(
          "the store in " + path + " cannot be repaired: " + failed + "; restore it from a backup",
          failed);
    }
  }

  private void setAside(String what) {
    repaired++;
    report.accept(what);
  }

  private void database() throws IOException {
    try {
      if (!intact()) {
        rebuild();
      }
    } catch (RocksDBException unusable) {
      throw new StoreException(
          "the database in "
              + store.path()
              + " cannot be repaired: "
              + unusable.getMessage()
              + "; restore it from a backup",
          unusable);
    }
  }

  /// Whether the database can be opened and read completely.
  private boolean intact() {
    try {
      ManifestGuard.check(store);
      try (var database = Database.open(store)) {
        return database.use(Salvage::readable);
      }
    } catch (StoreException.Damaged damaged) {
      setAside(String.valueOf(damaged.getMessage()).replaceAll("; restore it from a backup.*", ""));
      return false;
    }
  }

  private void rebuild() throws IOException, RocksDBException {
    DurableFiles.createDirectories(aside);
    var damaged = aside.resolve("db");
    DurableFiles.move(store.db(), damaged);
    try {
      Salvage.copy(damaged, store, this::setAside);
    } catch (RocksDBException | RuntimeException failed) {
      // Leaves the store as it was.
      if (Files.exists(store.db())) {
        DurableFiles.move(store.db(), aside.resolve("incomplete"));
      }
      DurableFiles.move(damaged, store.db());
      throw failed;
    }
    StoreOriginFile.of(store).markCopy("writes to it were lost, and it was repaired");
    report.accept("the damaged database was moved to " + damaged);
  }

  private void records(Database database) {
    database.use(db -> {
      for (var column : List.of(Column.ACTIVE, Column.ENDED)) {
        try (var rows = db.iterator(column);
            var writes = new WriteBatch()) {
          for (rows.seekToFirst(); rows.isValid(); rows.next()) {
            record(db, column, rows.key(), rows.value(), writes);
          }
          rows.status();
          if (writes.count() > 0) {
            db.write(writes);
          }
        }
      }
      return true;
    });
  }

  private void record(
      OpenDatabase db, Column column, byte[] key, byte[] progress, WriteBatch writes)
      throws RocksDBException, CorruptRecordException {
    var id = OperationId.of(key);
    byte[] call = db.get(Column.CALLS, key);
    if (!decodes(id, call, null)) {
      setAside(
          "operation "
              + id
              + " is removed, since its call is damaged: "
              + (call == null ? "missing" : HexFormat.of().formatHex(call))
              + ", state "
              + HexFormat.of().formatHex(progress));
      writes.delete(db.handle(column), key);
      writes.delete(db.handle(Column.CALLS), key);
      writes.delete(db.handle(Column.UNSUCCESSFUL), key);
    } else if (!decodes(id, call, progress)) {
      setAside(
          "operation "
              + id
              + " ends as failed, since its state is damaged: "
              + HexFormat.of().formatHex(progress));
      writes.delete(db.handle(Column.ACTIVE), key);
      byte[] end = ended();
      writes.put(db.handle(Column.ENDED), key, end);
      Indexes.unsuccessful(db, writes, key, end);
    } else if (column == Column.ENDED) {
      // The index may have been damaged.
      Indexes.unsuccessful(db, writes, key, progress);
    }
  }

  private static boolean decodes(
      OperationId id, byte @Nullable [] call, byte @Nullable [] progress) {
    if (call == null) {
      return false;
    }
    try {
      OperationCodec.operation(
          id, call, OperationCodec.progress(progress == null ? ended() : progress));
      return true;
    } catch (CorruptRecordException damaged) {
      return false;
    }
  }

  private static byte[] ended() {
    var state =
        new State.Failed(
            1,
            Optional.empty(),
            Instant.now(),
            ErrorCode.CONTENT_DAMAGED,
            "Outcome unknown: the stored state of the operation was damaged");
    return OperationCodec.progress(
        new Progress(Long.MAX_VALUE >> 1, state, SealedCredentials.NONE));
  }

  private void bodies(Database database) throws IOException {
    var files = new BodyFiles(store.bodies());
    var records = new Records(files);
    var damaged = new ArrayList<String>();
    database.use(db -> {
      try (var calls = db.iterator(Column.CALLS)) {
        for (calls.seekToFirst(); calls.isValid(); calls.next()) {
          var id = OperationId.of(calls.key());
          for (var part : Part.values()) {
            var content = records.content(db, id, part);
            if (content.isPresent()) {
              verify(id, part, content.get(), damaged);
            }
          }
        }
        calls.status();
      }
      return true;
    });
    for (var name : damaged) {
      for (var file : files.files(name)) {
        DurableFiles.createDirectories(aside.resolve("bodies"));
        DurableFiles.move(file, aside.resolve("bodies").resolve(name));
      }
    }
  }

  private void verify(OperationId id, Part part, StoredContent content, List<String> damaged) {
    try {
      content.verify(0, content.length());
    } catch (StoreException.Damaged altered) {
      setAside(
          "the "
              + (part == Part.REQUEST ? "request" : "response")
              + " content of operation "
              + id
              + " is set aside: "
              + altered.getMessage());
      if (content instanceof BodyFiles.Named named) {
        damaged.add(named.file());
      }
    }
  }
}
