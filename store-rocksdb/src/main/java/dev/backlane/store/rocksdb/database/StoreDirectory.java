package dev.backlane.store.rocksdb.database;

import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.local.DurableFiles;
import dev.backlane.engine.store.local.OwnerOnly;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/// The directory of a store, with the file `FORMAT` that identifies it, `db/` for RocksDB and
/// `bodies/` for large contents.
///
/// @param path as configured
/// @param fresh whether it contains no store
public record StoreDirectory(Path path, boolean fresh) {
  /// The format that this version writes. A later format is refused.
  static final int FORMAT = 1;

  /// What to do about a damaged store.
  static final String REMEDY =
      "restore it from a backup, or set aside what is damaged with 'backlane store check --repair'";

  private static final String FORMAT_FILE = "FORMAT";
  private static final String FORMAT_NAME = "backlane-rocksdb";
  private static final Set<String> ENTRIES_OF_A_FIRST_START =
      Set.of(
          "db",
          "bodies",
          "FORMAT.tmp",
          "LOCK",
          "ACKNOWLEDGED",
          "ACKNOWLEDGED.tmp",
          "ORIGIN",
          "ORIGIN.tmp",
          "MANIFEST-MARK",
          "MANIFEST-MARK.tmp",
          "trial.tmp",
          "lost+found");

  /// Creates the directory if it does not exist, accessible by its owner only, and checks its
  /// contents.
  ///
  /// @throws StoreException if it is not a store's directory, belongs to a later version, or cannot
  ///     be used
  public static StoreDirectory prepare(Path path) {
    try {
      if (!Files.isDirectory(path)) {
        create(path);
      }
      OwnerOnly.restrictDirectory(path);
      if (!Files.isReadable(path) || !Files.isWritable(path)) {
        throw new StoreException(
            "the store directory "
                + path
                + " cannot be read and written; give this user permission to do so");
      }
      var format = path.resolve(FORMAT_FILE);
      if (Files.exists(format)) {
        check(path, Files.readString(format));
        return new StoreDirectory(path, false);
      }
      checkEmpty(path);
      return new StoreDirectory(path, true);
    } catch (IOException failed) {
      throw new StoreException(
          "the store directory "
              + path
              + " cannot be used: "
              + failed
              + "; choose another store.path",
          failed);
    }
  }

  private static void create(Path path) throws IOException {
    try {
      DurableFiles.createDirectories(path, OwnerOnly.directory(path));
    } catch (FileAlreadyExistsException file) {
      throw new StoreException(
          "the store directory " + path + " is a file; choose another store.path", file);
    }
  }

  private static void check(Path path, String text) {
    var words = text.strip().split(" ", -1);
    boolean valid =
        words.length == 2 && words[0].equals(FORMAT_NAME) && words[1].matches("\\d{1,6}");
    if (!valid) {
      throw new StoreException(
          "the store directory "
              + path
              + " is damaged or not a store of Backlane: its FORMAT file is invalid; choose another store.path or restore a backup");
    }
    int format = Integer.parseInt(words[1]);
    if (format > FORMAT) {
      throw new StoreException(
          "the store directory "
              + path
              + " has format "
              + format
              + " of a later version of Backlane; this one reads up to "
              + FORMAT
              + ": start that later version");
    }
  }

  private static void checkEmpty(Path path) throws IOException {
    try (var entries = Files.list(path)) {
      for (var entry : entries.toList()) {
        var name = String.valueOf(entry.getFileName());
        if (!ENTRIES_OF_A_FIRST_START.contains(name)) {
          throw new StoreException(
              "the store directory "
                  + path
                  + " is not empty and not a store (it has "
                  + name
                  + "); choose another store.path");
        }
      }
    }
  }

  public Path db() {
    return path.resolve("db");
  }

  public Path bodies() {
    return path.resolve("bodies");
  }

  /// Writes the file `FORMAT` once the database exists. From then on a missing database counts as
  /// damage.
  public void markFormat() {
    if (!fresh) {
      return;
    }
    try {
      var text = FORMAT_NAME + " " + FORMAT + "\n";
      DurableFiles.write(path.resolve(FORMAT_FILE), text.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException failed) {
      throw new StoreException(
          "the store directory " + path + " cannot be written: " + failed, failed);
    }
  }
}
