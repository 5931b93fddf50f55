package dev.backlane.store.rocksdb.database;

import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.local.DurableFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;

/// The file `ORIGIN` of a store: the identity of its directory, or that it is a copy. The identity
/// is the path, the number that the file system gives the directory (inode), the time at which the
/// directory was created, and the host. It is the same directory if the path and one of inode and
/// time match: some network file systems do not keep inodes, and containers change their host. If
/// they do not match, and the recorded directory does not exist any more on this host, it was moved
/// here. Otherwise this is a copy. Immutable.
public final class StoreOriginFile {
  private static final String COPY = "copy";
  private static final int IDENTITY_LINES = 4;
  private static final Path MACHINE_ID = Path.of("/etc/machine-id");

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
      if (lines.size() < IDENTITY_LINES) {
        return Optional.of("its file ORIGIN is incomplete");
      }
      return isSame(lines, identity()) || wasMoved(lines, identity())
          ? Optional.empty()
          : Optional.of("it was copied from " + lines.getFirst());
    } catch (IOException unreadable) {
      throw failed(unreadable);
    }
  }

  private static boolean isSame(List<String> recorded, Identity here) {
    return recorded.get(0).equals(here.path)
        && (recorded.get(1).equals(here.inode) || recorded.get(2).equals(here.created));
  }

  private static boolean wasMoved(List<String> recorded, Identity here) {
    return recorded.get(3).equals(here.host)
        && !recorded.get(0).equals(here.path)
        && Files.notExists(Path.of(recorded.get(0)));
  }

  /// Records this directory as the original.
  public void adopt() {
    try {
      var here = identity();
      write(String.join("\n", here.path, here.inode, here.created, here.host) + "\n");
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

  private record Identity(String path, String inode, String created, String host) {}

  private Identity identity() throws IOException {
    var real = store.path().toRealPath();
    var attributes = Files.readAttributes(real, BasicFileAttributes.class);
    // The device number, which the key also has, may change when the file system is mounted again.
    var inode =
        real.getFileSystem().supportedFileAttributeViews().contains("unix")
            ? String.valueOf(Files.getAttribute(real, "unix:ino"))
            : "none";
    return new Identity(real.toString(), inode, attributes.creationTime().toString(), host());
  }

  private static String host() throws IOException {
    if (Files.isReadable(MACHINE_ID)) {
      return Files.readString(MACHINE_ID).strip();
    }
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException unnamed) {
      return "unknown";
    }
  }

  private StoreException failed(IOException cause) {
    return new StoreException("the file " + file + " cannot be read and written: " + cause, cause);
  }
}
