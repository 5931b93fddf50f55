package dev.backlane.store.rocksdb;

import dev.backlane.engine.store.Admission;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.HotCopy;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.Sharing;
import dev.backlane.engine.store.Store;
import dev.backlane.engine.store.StoreExport;
import dev.backlane.engine.store.StoreImport;
import dev.backlane.engine.store.StoreInspection;
import dev.backlane.engine.store.StoreOrigin;
import dev.backlane.engine.store.commit.GroupCommitter;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.local.DiskSpace;
import dev.backlane.engine.store.local.DiskWatermark;
import dev.backlane.engine.store.local.RecentVersions;
import dev.backlane.engine.store.search.OperationSearch;
import dev.backlane.store.rocksdb.Command.Result;
import dev.backlane.store.rocksdb.body.BodyFiles;
import dev.backlane.store.rocksdb.database.DamagedRecords;
import dev.backlane.store.rocksdb.database.Database;
import dev.backlane.store.rocksdb.database.Indexes;
import dev.backlane.store.rocksdb.database.ManifestGuard;
import dev.backlane.store.rocksdb.database.NativeLibrary;
import dev.backlane.store.rocksdb.database.StoreDirectory;
import dev.backlane.store.rocksdb.database.StoreLock;
import dev.backlane.store.rocksdb.database.StoreOriginFile;
import dev.backlane.store.rocksdb.search.RocksSearch;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/// The embedded store: one directory, used by one process at a time. ADRs 0001 and 0002 describe
/// its layout and the reasons for it. Thread-safe.
public final class RocksStore implements Store {
  private final StoreDirectory directory;
  private final StoreLock lock;
  private final Database database;
  private final BodyFiles bodies;
  private final DamagedRecords damaged;
  private final RocksOperationStore operations;
  private final RocksDeliveryStore deliveries;
  private final RocksRecordStore records;
  private final Admission admission;
  private final GroupCommitter<Command, Result> committer;
  private final StoreCopy copy;
  private final Object closing = new Object();
  private volatile boolean closed;

  private RocksStore(
      StoreDirectory directory,
      StoreLock lock,
      Database database,
      Admission admission,
      DiskSpace space) {
    this.directory = directory;
    this.lock = lock;
    this.database = database;
    this.admission = admission;
    this.bodies = new BodyFiles(directory.bodies(), space);
    bodies.recoverIncoming(name -> database.use(db -> Records.committed(db, name)));
    this.copy = new StoreCopy(database, directory, bodies.removal());
    copy.removeLeftover();
    this.damaged = new DamagedRecords();
    var versions = new RecentVersions();
    var commits = new Command.Commits(this::commit, versions);
    this.deliveries = new RocksDeliveryStore(database, commits::makeOrThrow, damaged);
    this.records = new RocksRecordStore(database, commits::makeOrThrow);
    this.operations =
        new RocksOperationStore(database, bodies, commits, deliveries, damaged, this::checkOpen);
    rebuild();
    var recovery = new Recovery(directory, database, this::rebuild);
    this.committer =
        new GroupCommitter<>(
            "store-committer", new BatchJournal(database, recovery, versions), Command::bytes);
  }

  private void rebuild() {
    operations.rebuild();
    deliveries.rebuild();
  }

  private Result commit(Command command) {
    return committer.submit(command);
  }

  private void checkOpen() {
    if (closed) {
      throw new StoreException("the store is closed");
    }
  }

  /// Opens the store in a directory, with the default of `diskFreeBytesMin` and many tenants.
  ///
  /// @throws StoreException as [#open(Path, Optional, boolean)]
  public static RocksStore open(Path path) {
    return open(path, Optional.empty(), true);
  }

  /// Opens the store in a directory. A missing directory is created, accessible by its owner only.
  /// The time is proportional to the number of unfinished operations, whose queue is rebuilt; and
  /// to that of all, once, if an earlier version wrote the store.
  ///
  /// @param diskFreeBytesMin free space below which [#admission] refuses new operations and large
  ///     requests; empty: the default of [DiskSpace]
  /// @param manyTenants whether callers belong to different tenants
  /// @throws StoreException if the directory is in use by another process, is damaged, belongs to a
  ///     later version, is not a store, or cannot be written; the message names the directory, the
  ///     cause and the fix
  public static RocksStore open(Path path, Optional<Long> diskFreeBytesMin, boolean manyTenants) {
    NativeLibrary.load();
    var directory = StoreDirectory.prepare(path);
    var lock = StoreLock.take(directory);
    try {
      ManifestGuard.check(directory);
      var database = Database.open(directory);
      try {
        ManifestGuard.write(directory);
        if (directory.fresh()) {
          StoreOriginFile.of(directory).adopt();
        }
        Indexes.complete(directory, database);
        directory.markFormat();
        return new RocksStore(
            directory,
            lock,
            database,
            DiskWatermark.of(path, diskFreeBytesMin),
            DiskSpace.of(path, diskFreeBytesMin, manyTenants));
      } catch (RuntimeException failed) {
        database.close();
        throw failed;
      }
    } catch (RuntimeException failed) {
      lock.close();
      throw failed;
    }
  }

  @Override
  public OperationStore operations() {
    return operations;
  }

  @Override
  public DeliveryStore deliveries() {
    return deliveries;
  }

  @Override
  public RecordStore records() {
    return records;
  }

  @Override
  public OperationSearch search() {
    return new RocksSearch(database, operations.unfinished(), damaged);
  }

  @Override
  public Admission admission() {
    return admission;
  }

  /// Always empty: only one process can use the directory.
  @Override
  public Optional<Sharing> sharing() {
    return Optional.empty();
  }

  @Override
  public Instant latestTime() {
    return operations.latestTime();
  }

  @Override
  public StoreOrigin origin() {
    return new RocksOrigin(
        StoreOriginFile.of(directory), database, operations.unfinished(), damaged);
  }

  @Override
  public long damagedRecords() {
    return damaged.count();
  }

  @Override
  public StoreInspection inspection() {
    return new RocksInspection(database, directory);
  }

  @Override
  public StoreExport transferSource() {
    return new RocksExport(database, new Records(bodies));
  }

  @Override
  public StoreImport transferTarget() {
    return new RocksImport(directory.path(), database, bodies, this::rebuild);
  }

  /// Repairs a damaged store that no process uses: moves what is damaged to `damaged/` in its
  /// directory.
  ///
  /// @param report receives a line for each thing that was set aside
  /// @return how many were
  /// @throws StoreException if it cannot be repaired; it is then left as it was
  public static long repair(Path path, Consumer<String> report) {
    NativeLibrary.load();
    return RocksRepair.run(path, report);
  }

  /// Files that do not belong to the store, such as `master.key`, are not copied.
  @Override
  public Optional<HotCopy> hotCopy() {
    return Optional.of(copy);
  }

  @Override
  public void close() {
    synchronized (closing) {
      if (closed) {
        return;
      }
      closed = true;
      try (lock) {
        committer.close();
        database.close();
        ManifestGuard.write(directory);
      }
    }
  }
}
