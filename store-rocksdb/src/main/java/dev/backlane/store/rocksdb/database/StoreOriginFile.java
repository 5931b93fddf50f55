package dev.backlane.store.rocksdb.database;

import dev.backlane.engine.store.StoreException;
import dev.backlane.engine.store.local.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;

/// The file `ORIGIN` of a store: the identity of its directory, or that it is a copy. The identity
/// is the path, the number that the file system gives the directory (inode), and the time at which
/// the directory was created. A copy has another path, or both other. Only one of the two numbers
/// is required, since some network file systems do not keep inodes. Immutable.
public final class StoreOriginFile {
  private static final String COPY = "copy";

  private final StoreDirectory store;
  private final Path file;

  private StoreOriginFile(StoreDirectory store) {
    this.store = store;
    this.file = store.path().resolve("ORIGIN");
  }

  public static StoreOriginFile of(StoreDirectory store) {
    return new StoreOriginFile(store);
  }

  /// Why the store may be a copy of another one; empty if it is the original.
  public Optional<String> copied() {
    try {
      if (!Files.exists(file)) {
        return Optional.of("its file ORIGIN is missing");
      }
      var lines = Files.readString(file).lines().toList();
      if (!lines.isEmpty() && lines.getFirst().equals(COPY)) {
        return Optional.of(lines.size() > 1 ? lines.get(1) : "it was copied");
      }
      var here = identity();
      if (lines.size() < 3 || !lines.get(0).equals(here.path)) {
        return Optional.of(
            "it was copied or moved here from " + (lines.isEmpty() ? "elsewhere" : lines.get(0)));
      }
      return lines.get(1).equals(here.inode) || lines.get(2).equals(here.created)
          ? Optional.empty()
          : Optional.of("its directory is not the one in which it was created");
    } catch (IOException unreadable) {
      throw failed(unreadable);
    }
  }

  /// Records this directory as the original.
  public void adopt() {
    try {
      var here = identity();
      write(here.path + "\n" + here.inode + "\n" + here.created + "\n");
    } catch (IOException unreadable) {
      throw failed(unreadable);
    }
  }

  /// Marks the store as a copy.
  ///
  /// @param why for the operator
  public void markCopy(String why) {
    try {
      write(COPY + "\n" + why + "\n");
    } catch (IOException unwritable) {
      throw failed(unwritable);
    }
  }

  private void write(String text) throws IOException {
    DurableFiles.write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  private record Identity(String path, String inode, String created) {}

  private Identity identity() throws IOException {
    var real = store.path().toRealPath();
    var attributes = Files.readAttributes(real, BasicFileAttributes.class);
    // The device number, which the key also has, may change when the file system is mounted again.
    var inode =
        real.getFileSystem().supportedFileAttributeViews().contains("unix")
            ? String.valueOf(Files.getAttribute(real, "unix:ino"))
            : "none";
    return new Identity(real.toString(), inode, attributes.creationTime().toString());
  }

  private StoreException failed(IOException cause) {
    return new StoreException("the file " + file + " cannot be read and written: " + cause, cause);
  }
}
