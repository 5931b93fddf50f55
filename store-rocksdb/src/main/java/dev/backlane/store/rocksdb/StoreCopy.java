package dev.backlane.store.rocksdb;

import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.local.DurableFiles;
import dev.backlane.store.rocksdb.database.Database;
import dev.backlane.store.rocksdb.database.ManifestGuard;
import dev.backlane.store.rocksdb.database.StoreDirectory;
import dev.backlane.store.rocksdb.database.StoreOriginFile;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Copies the current state of an open store to a new directory: a checkpoint of RocksDB, and the
/// files of large contents as hard links if both directories are on one file system. Stateless.
final class StoreCopy {
  private StoreCopy() {}

  /// @param to must not exist; it is created by a rename once the copy is complete
  /// @throws StoreException if the copy fails
  static void make(Database database, StoreDirectory from, Path to) {
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
      var copy = StoreDirectory.prepare(partial);
      database.use(db -> {
        db.checkpoint(copy.db());
        return true;
      });
      bodies(from.bodies(), copy.bodies());
      ManifestGuard.write(copy);
      Database.acceptAsComplete(copy);
      StoreOriginFile.of(copy).markCopy("it is a backup of " + from.path().toAbsolutePath());
      copy.markFormat();
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

  private static void bodies(Path from, Path to) throws IOException {
    try (var all = Files.walk(from)) {
      for (var each : all.toList()) {
        var copy = to.resolve(from.relativize(each).toString());
        if (Files.isDirectory(each)) {
          DurableFiles.createDirectories(copy);
        } else {
          copyFile(each, copy);
        }
      }
    }
    try (var folders = Files.walk(to)) {
      for (var folder : folders.filter(Files::isDirectory).toList()) {
        DurableFiles.sync(folder);
      }
    }
  }

  private static void copyFile(Path from, Path to) throws IOException {
    try {
      // A content never changes once it is stored.
      Files.createLink(to, from);
    } catch (UnsupportedOperationException | FileSystemException anotherFileSystem) {
      Files.copy(from, to);
      DurableFiles.sync(to);
    }
  }
}
