package dev.backlane.store.rocksdb;

import dev.backlane.engine.store.HotCopy;
import dev.backlane.engine.store.Store;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.local.DurableFiles;
import dev.backlane.store.rocksdb.database.Database;
import dev.backlane.store.rocksdb.database.ManifestGuard;
import dev.backlane.store.rocksdb.database.StoreDirectory;
import dev.backlane.store.rocksdb.database.StoreOriginFile;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Lock;

/// Copies an open store to a new directory: a checkpoint of RocksDB, and then the files of large
/// contents, as hard links if both directories are on one file system. Thread-safe.
///
/// The store may be in use. A content is in `incoming/` or in the folder of its hour from before
/// its commit until it is pruned, and pruning waits for the copy. So all contents of the checkpoint
/// are found, if `incoming/` is read first: what is moved from there in the meantime is in a folder
/// that is read later. Contents of later commits are copied too; they have no operation in the
/// copy, and are removed there as those of a crash are.
final class StoreCopy implements HotCopy {
  /// In the directory of the store, so that it consists of hard links.
  private static final String TEMPORARY = "copy.tmp";

  private static final String INCOMING = "incoming";

  private final Database database;
  private final StoreDirectory from;
  private final Lock removal;
  private final AtomicBoolean temporary = new AtomicBoolean();

  /// @param removal held while contents are removed
  StoreCopy(Database database, StoreDirectory from, Lock removal) {
    this.database = database;
    this.from = from;
    this.removal = removal;
  }

  /// Removes the temporary copy that a process left which ended during a check.
  void removeLeftover() {
    remove(from.path().resolve(TEMPORARY));
  }

  @Override
  public void copyTo(Path to, Progress progress) {
    var target = to.toAbsolutePath().normalize();
    if (Files.exists(target)) {
      throw new StoreException(to + " exists already; choose a new directory");
    }
    var partial = target.resolveSibling(target.getFileName() + ".partial");
    if (Files.exists(partial)) {
      throw new StoreException(
          partial + " is left over from a backup that failed; remove it and start again");
    }
    try {
      write(partial, progress);
      // Verify that the copy can be opened.
      RocksStore.open(partial).close();
      DurableFiles.move(partial, target);
    } catch (IOException failed) {
      throw new StoreException(
          "the backup cannot be written to "
              + to
              + ": "
              + failed
              + "; free space, and remove "
              + partial,
          failed);
    }
  }

  @Override
  public Temporary openCopy(Progress progress) {
    if (!temporary.compareAndSet(false, true)) {
      throw new StoreException("there is a temporary copy of the store already; wait for its end");
    }
    var folder = from.path().resolve(TEMPORARY);
    try {
      write(folder, progress);
      return new Opened(RocksStore.open(folder), folder);
    } catch (RuntimeException failed) {
      removeTemporary(folder);
      throw failed;
    } catch (IOException failed) {
      removeTemporary(folder);
      throw new StoreException(
          "the store in " + from.path() + " cannot be copied: " + failed + "; free space", failed);
    }
  }

  private void removeTemporary(Path folder) {
    try {
      remove(folder);
    } finally {
      temporary.set(false);
    }
  }

  private final class Opened implements Temporary {
    private final Store store;
    private final Path folder;

    Opened(Store store, Path folder) {
      this.store = store;
      this.folder = folder;
    }

    @Override
    public Store store() {
      return store;
    }

    @Override
    public void close() {
      try {
        store.close();
      } finally {
        removeTemporary(folder);
      }
    }
  }

  private void write(Path to, Progress progress) throws IOException {
    var copy = StoreDirectory.prepare(to);
    removal.lock();
    try {
      database.use(db -> {
        db.checkpoint(copy.db());
        return true;
      });
      bodies(from.bodies(), copy.bodies(), progress);
    } finally {
      removal.unlock();
    }
    ManifestGuard.write(copy);
    Database.acceptAsComplete(copy);
    StoreOriginFile.of(copy).markCopy("it is a backup of " + from.path().toAbsolutePath());
    copy.markFormat();
  }

  private static void bodies(Path from, Path to, Progress progress) throws IOException {
    var incoming = from.resolve(INCOMING);
    long copied = folder(incoming, to.resolve(INCOMING), new Count(progress, 0, 0));
    // Listed only now: what has left incoming/ is in one of them.
    var hours = new ArrayList<>(entries(from));
    hours.remove(incoming);
    long all = copied;
    for (var hour : hours) {
      all += entries(hour).size();
    }
    for (var hour : hours) {
      var target = to.resolve(String.valueOf(hour.getFileName()));
      copied = folder(hour, target, new Count(progress, copied, all));
    }
    DurableFiles.sync(to);
    progress.copied(copied, copied);
  }

  /// @param copied before this folder
  private record Count(Progress progress, long copied, long all) {}

  /// @return how many contents have been copied, with those before
  private static long folder(Path from, Path to, Count before) throws IOException {
    DurableFiles.createDirectories(to);
    long copied = before.copied();
    for (var file : entries(from)) {
      copyFile(file, to.resolve(String.valueOf(file.getFileName())));
      copied++;
      before.progress().copied(copied, Math.max(copied, before.all()));
    }
    DurableFiles.sync(to);
    return copied;
  }

  private static List<Path> entries(Path folder) throws IOException {
    try (var entries = Files.list(folder)) {
      return entries.toList();
    }
  }

  private static void copyFile(Path from, Path to) throws IOException {
    try {
      // A content never changes once it is stored.
      Files.createLink(to, from);
    } catch (NoSuchFileException moved) {
      return;
    } catch (UnsupportedOperationException | FileSystemException anotherFileSystem) {
      copyBytes(from, to);
    }
  }

  private static void copyBytes(Path from, Path to) throws IOException {
    try {
      Files.copy(from, to);
      DurableFiles.sync(to);
    } catch (NoSuchFileException moved) {
      Files.deleteIfExists(to);
    }
  }

  private static void remove(Path folder) {
    if (Files.notExists(folder)) {
      return;
    }
    try {
      List<Path> all;
      try (var found = Files.walk(folder)) {
        all = found.sorted(Comparator.reverseOrder()).toList();
      }
      for (var each : all) {
        Files.delete(each);
      }
    } catch (IOException failed) {
      throw new StoreException(
          "the temporary copy " + folder + " cannot be removed: " + failed, failed);
    }
  }
}
