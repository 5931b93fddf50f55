package dev.backlane.store.rocksdb;

import dev.backlane.engine.store.StoreException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/// Copies an open store into a directory of its own, at one moment of its life: RocksDB's checkpoint, and the files of large
/// contents, as further names of the same files where both lie on one file system. Stateless.
final class StoreCopy {
  private StoreCopy() {}

  /// @param to must not be there; appears as a whole or not at all
  /// @throws StoreException if it cannot be made
  static void make(Database database, StoreDirectory from, Path to) {
    var target = to.toAbsolutePath().normalize();
    if (Files.exists(target)) {
      throw new StoreException(to + " is there already; name a directory that is not");
    }
    var partial = target.resolveSibling(target.getFileName() + ".partial");
    if (Files.exists(partial)) {
      throw new StoreException(
          partial + " is left of a backup that was broken off; remove it and start again");
    }
    try {
      var copy = StoreDirectory.prepare(partial);
      database.use(db -> {
        db.checkpoint(copy.db());
        return true;
      });
      bodies(from.bodies(), copy.bodies());
      ManifestGuard.write(copy);
      copy.markFormat();
      // Shows that it opens.
      RocksStore.open(partial).close();
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
      sync(Objects.requireNonNull(target.getParent(), "a backup has a folder"));
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
          Files.createDirectories(copy);
        } else {
          copyFile(each, copy);
        }
      }
    }
    try (var folders = Files.walk(to)) {
      for (var folder : folders.filter(Files::isDirectory).toList()) {
        sync(folder);
      }
    }
  }

  private static void copyFile(Path from, Path to) throws IOException {
    try {
      // A content never changes once it is there.
      Files.createLink(to, from);
    } catch (UnsupportedOperationException | FileSystemException anotherFileSystem) {
      Files.copy(from, to);
      sync(to);
    }
  }

  private static void sync(Path path) throws IOException {
    try (var file = FileChannel.open(path, StandardOpenOption.READ)) {
      file.force(true);
    }
  }
}
