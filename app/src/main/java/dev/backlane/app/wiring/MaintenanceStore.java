package dev.backlane.app.wiring;

import dev.backlane.app.config.sections.StoreAccess;
import dev.backlane.app.config.sections.StorePlace;
import dev.backlane.engine.store.Store;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.gateway.seal.MasterKey;
import dev.backlane.store.postgres.PostgresStore;
import dev.backlane.store.rocksdb.RocksStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A store that is open for maintenance: no operation is executed and no data key is created.
public record MaintenanceStore(StorePlace place, Store store) implements AutoCloseable {

  /// Opens an existing store.
  ///
  /// @throws StoreException if it does not exist, cannot be opened, or is incomplete
  public static MaintenanceStore existing(StorePlace place, StoreAccess access) {
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

  /// Opens a store, and creates it if it does not exist.
  ///
  /// @throws StoreException if it cannot be opened
  public static MaintenanceStore open(StorePlace place, StoreAccess access) {
    var store =
        switch (place) {
          case StorePlace.RocksDb(Path path) -> RocksStore.open(path);
          case StorePlace.Postgres(String url) -> PostgresStore.open(access.database().apply(url));
        };
    return new MaintenanceStore(place, store);
  }

  /// The available master keys, any of which may have wrapped the data keys in the store.
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

  /// The file of the master key, which is used if no master key is set; empty if the store has no
  /// directory.
  public Optional<Path> masterKeyFile() {
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
