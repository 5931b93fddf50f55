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
/// | format | |
/// | --- | --- |
/// | 1 | operations are indexed by their client, and by the subject of their token |
/// | 2 | also by their tenant, and by their client if no user started them |
/// | 3 | also by how they ended, if they were not successful; their attempts are recorded |
///
/// @param path as configured
/// @param format of the store that it contains; [#NONE] if it contains none
public record StoreDirectory(Path path, int format) {
  /// The format that this version writes. A later format is refused.
  public static final int FORMAT = 3;

  private static final int NONE = 0;

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
      if (!Files.isReadable(path) || !Files.isWritable(path)) {
        throw new StoreException(
            "the store directory "
                + path
                + " cannot be read and written; give this user permission to do so");
      }
      int format = formatOf(path);
      // Not before it is known to be a store's: the permissions of other directories are kept.
      OwnerOnly.restrictDirectory(path);
      return new StoreDirectory(path, format);
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

  private static int formatOf(Path path) throws IOException {
    var file = path.resolve(FORMAT_FILE);
    if (Files.exists(file)) {
      return check(path, Files.readString(file));
    }
    checkEmpty(path);
    return NONE;
  }

  private static int check(Path path, String text) {
    var words = text.strip().split(" ", -1);
    boolean valid =
        words.length == 2 && words[0].equals(FORMAT_NAME) && words[1].matches("\\d{1,6}");
    if (!valid) {
      throw new StoreException(
          "the store directory "
              + path
              + " is damaged or not a store of Backlane: its FORMAT file is invalid; choose another"
              + " store.path or restore a backup");
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
    return format;
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

  /// Whether the directory contains no store.
  public boolean fresh() {
    return format == NONE;
  }

  public Path db() {
    return path.resolve("db");
  }

  public Path bodies() {
    return path.resolve("bodies");
  }

  /// Writes the file `FORMAT` once the database exists in the present format. From then on a
  /// missing database counts as damage, and versions that do not know the format do not open the
  /// store.
  public void markFormat() {
    if (format == FORMAT) {
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
