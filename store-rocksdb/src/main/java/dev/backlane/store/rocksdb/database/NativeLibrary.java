package dev.backlane.store.rocksdb.database;

import dev.backlane.engine.store.failure.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.rocksdb.NativeLibraryLoader;
import org.rocksdb.RocksDB;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The native library of RocksDB. Unless `java.library.path` has it, RocksDB unpacks it from its
/// jar to a temporary file of 17 MB, which it deletes at a normal exit only. Here that file is
/// deleted as soon as it is loaded, so that a killed process leaves none behind.
public final class NativeLibrary {
  private static final Logger LOG = LoggerFactory.getLogger(NativeLibrary.class);

  private static boolean loaded;

  private NativeLibrary() {}

  /// Loads the library, unless it is loaded already. Thread-safe.
  ///
  /// @throws StoreException if it cannot be loaded; the message names the fix
  public static synchronized void load() {
    if (loaded) {
      return;
    }
    var folder = temporaryFolder();
    try {
      if (folder.isPresent()) {
        NativeLibraryLoader.getInstance().loadLibrary(folder.get().toString());
      }
      RocksDB.loadLibrary();
      loaded = true;
    } catch (IOException | RuntimeException | UnsatisfiedLinkError failed) {
      throw new StoreException(
          "the native library of RocksDB cannot be loaded: "
              + failed.getMessage()
              + "; set -Djava.io.tmpdir to a directory from which programs may run",
          failed);
    } finally {
      folder.ifPresent(NativeLibrary::delete);
    }
  }

  /// Empty if there is none; the library may still be in `java.library.path`.
  private static Optional<Path> temporaryFolder() {
    try {
      return Optional.of(Files.createTempDirectory("backlane-rocksdb-"));
    } catch (IOException refused) {
      LOG.debug("no temporary folder can be created", refused);
      return Optional.empty();
    }
  }

  private static void delete(Path folder) {
    try {
      try (var files = Files.newDirectoryStream(folder)) {
        for (var file : files) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    } catch (IOException inUse) {
      // Windows keeps a file that is loaded; RocksDB deletes it at a normal exit.
      LOG.debug("{} is not deleted", folder, inUse);
    }
  }
}
