package dev.backlane.store.rocksdb.database;

import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.local.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// Detects a truncated manifest. RocksDB opens a truncated manifest without an error: it restores
/// the older state that the remaining part describes, and deletes newer files. A manifest only
/// grows, so its length is recorded and compared when the store is opened.
public final class ManifestGuard {
  private ManifestGuard() {}

  /// @throws StoreException if the manifest is shorter than the recorded length, or damaged before
  ///     it: RocksDB would open it up to there, and create what is missing as empty
  public static void check(StoreDirectory directory) {
    try {
      var mark = Files.readString(file(directory)).strip().split(" ", -1);
      var manifest = directory.db().resolve(mark[0]);
      if (mark.length == 2
          && Files.exists(manifest)
          && AppendedFile.intactBytes(manifest) < Long.parseLong(mark[1])) {
        throw new StoreException.Damaged(
            "the store directory "
                + directory.path()
                + " is damaged: "
                + mark[0]
                + " is truncated or altered; restore it from a backup");
      }
    } catch (NoSuchFileException neverOpened) {
      // The first start: there is no data yet.
      return;
    } catch (IOException | IllegalArgumentException failed) {
      throw new StoreException(
          "the store directory "
              + directory.path()
              + " is damaged: its MANIFEST-MARK cannot be read: "
              + failed
              + "; restore it from a backup",
          failed);
    }
  }

  /// Records the current length of the manifest.
  ///
  /// @throws StoreException if it cannot be recorded
  public static void write(StoreDirectory directory) {
    try {
      var manifest = Files.readString(directory.db().resolve("CURRENT")).strip();
      var mark = manifest + " " + Files.size(directory.db().resolve(manifest)) + "\n";
      DurableFiles.write(file(directory), mark.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException failed) {
      throw new StoreException(
          "the store directory "
              + directory.path()
              + " cannot be written: "
              + failed
              + "; free space",
          failed);
    }
  }

  private static Path file(StoreDirectory directory) {
    return directory.path().resolve("MANIFEST-MARK");
  }
}
