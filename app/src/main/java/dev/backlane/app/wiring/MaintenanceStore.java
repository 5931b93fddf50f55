package dev.backlane.app.wiring;

import dev.backlane.app.config.sections.StoreAccess;
import dev.backlane.app.config.sections.StorePlace;
import dev.backlane.engine.inspection.StoreInspection;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.StoreException;
import dev.backlane.engine.transfer.StoreExport;
import dev.backlane.engine.transfer.StoreImport;
import dev.backlane.gateway.seal.MasterKey;
import dev.backlane.store.postgres.PostgresOperationStore;
import dev.backlane.store.rocksdb.RocksOperationStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A store that is open to be looked after, by itself: nothing works on what is in it, and no keys are made.
///
/// @param copy copies it into a directory; empty where the store has no files of its own
public record MaintenanceStore(
    StorePlace place,
    OperationStore operations,
    RecordStore records,
    StoreExport exporting,
    StoreImport importing,
    StoreInspection inspection,
    Optional<Copying> copy)
    implements AutoCloseable {

  /// Copies a store into a directory that is not there.
  @FunctionalInterface
  public interface Copying {
    void to(Path directory);
  }

  /// Opens a store that is there.
  ///
  /// @throws StoreException if it is not there, cannot be opened, or is incomplete
  public static MaintenanceStore existing(StorePlace place, StoreAccess access) {
    if (place instanceof StorePlace.RocksDb(Path path) && Files.notExists(path.resolve("FORMAT"))) {
      throw new StoreException("there is no store in " + path + "; check the path");
    }
    var store = open(place, access);
    try {
      Storage.refuseUnfinished(store.records);
      return store;
    } catch (RuntimeException fault) {
      store.close();
      throw fault;
    }
  }

  /// Opens a store, which is made where it is not there.
  ///
  /// @throws StoreException if it cannot be opened
  public static MaintenanceStore open(StorePlace place, StoreAccess access) {
    return switch (place) {
      case StorePlace.RocksDb(Path path) -> {
        var store = RocksOperationStore.open(path);
        yield new MaintenanceStore(
            place,
            store,
            store.records(),
            store.exporting(),
            store.importing(),
            store.inspection(),
            Optional.of(store::copyTo));
      }
      case StorePlace.Postgres(String url) -> {
        var store = PostgresOperationStore.open(access.database().apply(url));
        yield new MaintenanceStore(
            place,
            store,
            store.records(),
            store.exporting(),
            store.importing(),
            store.inspection(),
            Optional.empty());
      }
    };
  }

  /// The master keys that are at hand and may have wrapped what is in it.
  public List<MasterKey> masterKeys(StoreAccess access) {
    var keys = new ArrayList<MasterKey>();
    masterKeyFile()
        .ifPresent(file ->
            Stream.of(file, file.resolveSibling(file.getFileName() + ".next"))
                .filter(Files::exists)
                .map(MasterKey::loadOrCreate)
                .forEach(keys::add));
    access.masterKey().ifPresent(keys::add);
    keys.addAll(access.otherMasterKeys());
    return keys;
  }

  /// Where its master key lies that is not given otherwise; empty where it must be given.
  public Optional<Path> masterKeyFile() {
    return switch (place) {
      case StorePlace.RocksDb(Path path) -> Optional.of(Storage.masterKeyFile(path));
      case StorePlace.Postgres _ -> Optional.empty();
    };
  }

  @Override
  public void close() {
    operations.close();
  }
}
