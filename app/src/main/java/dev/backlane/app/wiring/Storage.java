package dev.backlane.app.wiring;

import dev.backlane.app.config.sections.Config;
import dev.backlane.app.config.sections.StoreSection;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.store.Admission;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.Store;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.memory.MemoryStore;
import dev.backlane.engine.time.SteadyClock;
import dev.backlane.engine.transfer.UnfinishedTransfer;
import dev.backlane.gateway.seal.DataKeys;
import dev.backlane.gateway.seal.MasterKey;
import dev.backlane.gateway.seal.MasterKeyException;
import dev.backlane.gateway.seal.MasterKeys;
import dev.backlane.gateway.seal.SealingStore;
import dev.backlane.store.postgres.PostgresStore;
import dev.backlane.store.rocksdb.RocksStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.function.Function;
import java.util.function.Supplier;

/// The configured store, with the data keys that encrypt its content.
///
/// @param operations the operations of `store`, encrypted when stored and decrypted when read
/// @param clock the time of ids, due times and time limits, which does not jump
public record Storage(Store store, OperationStore operations, DataKeys keys, InstantSource clock)
    implements AutoCloseable {

  /// Opens the store.
  ///
  /// @param wall the clock of this machine; not used with a shared store, which has its own
  /// @throws StartException if the store or its keys cannot be opened
  public static Storage open(Config config, InstantSource wall) {
    return open(
        config.store(),
        path -> RocksStore.open(path, config.limits().diskFreeBytesMin(), config.manyTenants()),
        wall);
  }

  /// Opens a store that exists, to change its keys.
  ///
  /// @throws StartException if there is none, or the store or its keys cannot be opened
  public static Storage existing(StoreSection.Kind store, InstantSource wall) {
    if (store instanceof StoreSection.Memory) {
      throw new StartException("store.kind memory has no stored keys");
    }
    if (store instanceof StoreSection.RocksDb embedded
        && Files.notExists(embedded.path().resolve("FORMAT"))) {
      throw new StartException(
          "there is no store in " + embedded.path() + "; check store.path (--data)");
    }
    return open(store, RocksStore::open, wall);
  }

  /// @param opening opens the directory of an embedded store
  private static Storage open(
      StoreSection.Kind store, Function<Path, RocksStore> opening, InstantSource wall) {
    try {
      return switch (store) {
        case StoreSection.Memory _ -> memory(wall);
        case StoreSection.RocksDb embedded -> embedded(embedded, opening, wall);
        case StoreSection.Postgres postgres -> postgres(postgres);
      };
    } catch (StoreException | MasterKeyException unusable) {
      throw new StartException(String.valueOf(unusable.getMessage()), unusable);
    }
  }

  private static Storage memory(InstantSource wall) {
    var store = new MemoryStore();
    var clock = steady(store, wall);
    // The data is lost when the process ends, so its key is not stored either.
    var keys = DataKeys.open(store.records(), MasterKeys.of(MasterKey.passing()), clock);
    return new Storage(store, store.operations(), keys, clock);
  }

  private static Storage embedded(
      StoreSection.RocksDb embedded, Function<Path, RocksStore> opening, InstantSource wall) {
    var store = opening.apply(embedded.path());
    return closingOnFault(
        store,
        () -> {
          refuseUnfinished(store.records());
          var clock = steady(store, wall);
          var keys = keys(store.records(), embedded, clock);
          var sealed = new SealingStore(store.operations(), keys, embedded.encrypt());
          return new Storage(store, sealed, keys, clock);
        });
  }

  private static InstantSource steady(Store store, InstantSource wall) {
    return SteadyClock.notBefore(store.latestTime(), wall, Threads.VIRTUAL);
  }

  private static Storage postgres(StoreSection.Postgres postgres) {
    var store = PostgresStore.open(postgres.database());
    return closingOnFault(
        store,
        () -> {
          refuseUnfinished(store.records());
          var clock = store.sharing().orElseThrow().clock();
          var keys = DataKeys.openShared(store.records(), postgres.masterKeys(), clock);
          var sealed = new SealingStore(store.operations(), keys, postgres.encrypt());
          return new Storage(store, sealed, keys, clock);
        });
  }

  /// The deliveries in the store.
  public DeliveryStore deliveries() {
    return store.deliveries();
  }

  /// The records in the store.
  public RecordStore records() {
    return store.records();
  }

  Admission admission() {
    return store.admission();
  }

  /// Whether other nodes may use the store at the same time.
  boolean shared() {
    return store.sharing().isPresent();
  }

  /// Registers a callback for work that other nodes add.
  void onWork(Runnable wake) {
    store.sharing().ifPresent(sharing -> sharing.onWork(wake));
  }

  /// Refuses a store that a transfer has filled only in part.
  ///
  /// @throws StoreException if a transfer into the store was started and has not completed
  static void refuseUnfinished(RecordStore records) {
    if (UnfinishedTransfer.of(records).isPresent()) {
      throw new StoreException(
          "the store is incomplete: a 'backlane migrate-store' into it did not complete; run it"
              + " again with the same --from and --to, or serve another store");
    }
  }

  private static DataKeys keys(
      RecordStore records, StoreSection.RocksDb embedded, InstantSource clock) {
    return embedded
        .masterKeys()
        .map(given -> DataKeys.open(records, given, clock))
        .orElseGet(() -> DataKeys.open(records, masterKeyFile(embedded.path()), clock));
  }

  /// The file of an embedded store's master key, which is used if no master key is set.
  public static Path masterKeyFile(Path store) {
    return store.resolve("master.key");
  }

  // If a later step fails, the store is closed: the lock on its directory must not outlive the
  // error.
  private static Storage closingOnFault(Store store, Supplier<Storage> start) {
    try {
      return start.get();
    } catch (RuntimeException fault) {
      store.close();
      throw fault;
    }
  }

  @Override
  public void close() {
    store.close();
  }
}
