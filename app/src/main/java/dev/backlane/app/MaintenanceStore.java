package dev.backlane.app;

import dev.backlane.app.config.Secret;
import dev.backlane.app.config.StoreAccess;
import dev.backlane.app.config.StorePlace;
import dev.backlane.engine.store.Store;
import dev.backlane.engine.store.StoreException;
import dev.backlane.gateway.seal.MasterKey;
import dev.backlane.store.postgres.PostgresSettings;
import dev.backlane.store.postgres.PostgresStore;
import dev.backlane.store.rocksdb.RocksStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A store that is open for maintenance: no operation is executed, and no keys are created.
///
/// @param copy copies the store; empty if it has no files of its own
record MaintenanceStore(StorePlace place, Store store, Optional<Copying> copy)
    implements AutoCloseable {

  /// Copies a store into a new directory.
  @FunctionalInterface
  interface Copying {
    void to(Path directory);
  }

  /// Opens an existing store.
  ///
  /// @throws StoreException if it does not exist, cannot be opened, or is incomplete
  static MaintenanceStore existing(StorePlace place, StoreAccess access) {
    if (place instanceof StorePlace.RocksDb(Path path) && Files.notExists(path.resolve("FORMAT"))) {
      throw new StoreException("there is no store in " + path + "; check the path");
    }
    var store = open(place, access);
    try {
      Storage.refuseUnfinished(store.store.records());
      return store;
    } catch (RuntimeException fault) {
      store.close();
      throw fault;
    }
  }

  /// Opens a store, which is created if it does not exist.
  ///
  /// @throws StoreException if it cannot be opened
  static MaintenanceStore open(StorePlace place, StoreAccess access) {
    return switch (place) {
      case StorePlace.RocksDb(Path path) -> {
        var store = RocksStore.open(path);
        yield new MaintenanceStore(place, store, Optional.of(store::copyTo));
      }
      case StorePlace.Postgres(String url) -> {
        var store =
            PostgresStore.open(
                new PostgresSettings(
                    url,
                    access.user(),
                    access.password().map(Secret::value),
                    access.connectionsMax(),
                    false,
                    access.retention()));
        yield new MaintenanceStore(place, store, Optional.empty());
      }
    };
  }

  /// The available master keys, any of which may have wrapped the data keys in the store.
  List<MasterKey> masterKeys(StoreAccess access) {
    var keys = new ArrayList<MasterKey>();
    masterKeyFile()
        .ifPresent(file ->
            Stream.of(file, file.resolveSibling(file.getFileName() + ".next"))
                .filter(Files::exists)
                .map(MasterKey::loadOrCreate)
                .forEach(keys::add));
    access.masterKey().map(Storage::masterKey).ifPresent(keys::add);
    access.otherMasterKeys().stream().map(Storage::masterKey).forEach(keys::add);
    return keys;
  }

  /// The file of its master key, used if no master key is set; empty if one must be set.
  Optional<Path> masterKeyFile() {
    return switch (place) {
      case StorePlace.RocksDb(Path path) -> Optional.of(Storage.masterKeyFile(path));
      case StorePlace.Postgres _ -> Optional.empty();
    };
  }

  @Override
  public void close() {
    store.close();
  }
}
