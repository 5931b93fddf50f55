package dev.backlane.app.wiring;

import dev.backlane.app.config.sections.Config;
import dev.backlane.app.config.sections.StoreSection;
import dev.backlane.engine.store.Admission;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.DiskWatermark;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.StoreException;
import dev.backlane.engine.transfer.UnfinishedTransfer;
import dev.backlane.gateway.seal.DataKeys;
import dev.backlane.gateway.seal.MasterKey;
import dev.backlane.gateway.seal.MasterKeyException;
import dev.backlane.gateway.seal.MasterKeys;
import dev.backlane.gateway.seal.SealingStore;
import dev.backlane.store.postgres.PostgresOperationStore;
import dev.backlane.store.rocksdb.RocksOperationStore;
import dev.backlane.store.testkit.MemoryOperationStore;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// The store that the configuration names, opened, with the keys of what is sealed in it.
///
/// @param admission tells whether it has room for more
/// @param shared whether other nodes may use it at the same time
/// @param clock tells the time that counts for what is stored: of one clock for all nodes
/// @param workHints takes what is to be called when another node may have put in work
public record Storage(
    OperationStore operations,
    DeliveryStore deliveries,
    RecordStore records,
    Admission admission,
    DataKeys keys,
    boolean shared,
    InstantSource clock,
    Consumer<Runnable> workHints)
    implements AutoCloseable {

  /// @throws StartException when the environment does not let it
  public static Storage open(Config config, InstantSource clock) {
    try {
      return switch (config.store()) {
        case StoreSection.Memory _ -> memory(clock);
        case StoreSection.RocksDb embedded -> embedded(config, embedded, clock);
        case StoreSection.Postgres postgres -> postgres(postgres);
      };
    } catch (StoreException | MasterKeyException unusable) {
      throw new StartException(String.valueOf(unusable.getMessage()), unusable);
    }
  }

  private static Storage memory(InstantSource clock) {
    var store = new MemoryOperationStore();
    // Nothing outlives the process, so its key need not either.
    var keys = DataKeys.open(store.records(), MasterKeys.of(MasterKey.passing()), clock);
    return new Storage(
        store,
        store.deliveries(),
        store.records(),
        Admission.OPEN,
        keys,
        false,
        clock,
        Storage::fromNobody);
  }

  private static Storage embedded(
      Config config, StoreSection.RocksDb embedded, InstantSource clock) {
    var store = RocksOperationStore.open(embedded.path());
    return closingOnFault(
        store,
        () -> {
          refuseUnfinished(store.records());
          var keys = keys(store.records(), embedded, clock);
          return new Storage(
              new SealingStore(store, keys, embedded.encrypt()),
              store.deliveries(),
              store.records(),
              DiskWatermark.of(embedded.path(), config.limits().diskFreeBytesMin()),
              keys,
              false,
              clock,
              Storage::fromNobody);
        });
  }

  // No other node has the store.
  private static void fromNobody(Runnable work) {}

  private static Storage postgres(StoreSection.Postgres postgres) {
    var store = PostgresOperationStore.open(postgres.database());
    return closingOnFault(
        store,
        () -> {
          refuseUnfinished(store.records());
          var keys = DataKeys.openShared(store.records(), postgres.masterKeys(), store.clock());
          return new Storage(
              new SealingStore(store, keys, postgres.encrypt()),
              store.deliveries(),
              store.records(),
              store.admission(),
              keys,
              true,
              store.clock(),
              store::listen);
        });
  }

  /// @throws StoreException if a transfer into the store was begun and did not end
  static void refuseUnfinished(RecordStore records) {
    if (UnfinishedTransfer.of(records).isPresent()) {
      throw new StoreException(
          "the store is incomplete: a 'backlane migrate-store' into it did not end; run it again with the same --from and"
              + " --to, or serve another store");
    }
  }

  private static DataKeys keys(
      RecordStore records, StoreSection.RocksDb embedded, InstantSource clock) {
    return embedded
        .masterKeys()
        .map(given -> DataKeys.open(records, given, clock))
        .orElseGet(() -> DataKeys.open(records, masterKeyFile(embedded.path()), clock));
  }

  /// Where the master key of an embedded store lies that is not given otherwise.
  public static Path masterKeyFile(Path store) {
    return store.resolve("master.key");
  }

  // What was opened before a later part failed to start must not stay open: a locked directory
  // would outlive the error.
  private static Storage closingOnFault(OperationStore store, Supplier<Storage> start) {
    try {
      return start.get();
    } catch (RuntimeException fault) {
      store.close();
      throw fault;
    }
  }

  @Override
  public void close() {
    operations.close();
  }
}
