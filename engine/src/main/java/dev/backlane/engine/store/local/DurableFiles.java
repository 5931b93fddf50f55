package dev.backlane.engine.store.local;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.Objects;
import java.util.Set;

/// Creates, renames and replaces files so that a power failure does not undo it. The entry of a
/// file in its directory is durable only once the directory was flushed (fsync(2)); flushing the
/// file is not enough. All code that creates files which must survive a power failure uses this
/// class. Stateless.
public final class DurableFiles {
  private static final Set<OpenOption> REPLACE =
      Set.of(
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING,
          StandardOpenOption.WRITE);

  private DurableFiles() {}

  /// Creates a directory and its missing parents. All are durable on return, also those that
  /// another thread or an earlier process has just created.
  ///
  /// @param attributes of the directory itself
  public static void createDirectories(Path directory, FileAttribute<?>... attributes)
      throws IOException {
    var absolute = directory.toAbsolutePath();
    var parent = absolute.getParent();
    if (parent == null) {
      return;
    }
    if (!Files.isDirectory(parent)) {
      createDirectories(parent);
    }
    if (!Files.isDirectory(absolute)) {
      try {
        Files.createDirectory(absolute, attributes);
      } catch (FileAlreadyExistsException created) {
        if (!Files.isDirectory(absolute)) {
          throw created;
        }
      }
    }
    if (Files.isReadable(parent)) {
      sync(parent);
    }
  }

  /// Replaces a file, or creates it, in one step. Only its owner can read it.
  public static void write(Path file, byte[] bytes) throws IOException {
    write(file, new ByteArrayInputStream(bytes));
  }

  /// As above, with all bytes of a stream, which is not closed.
  public static void write(Path file, InputStream bytes) throws IOException {
    var draft = file.resolveSibling(file.getFileName() + ".tmp");
    try {
      try (var channel = FileChannel.open(draft, REPLACE, OwnerOnly.file(draft))) {
        bytes.transferTo(Channels.newOutputStream(channel));
        channel.force(true);
      }
      move(draft, file);
    } catch (IOException failed) {
      try {
        Files.deleteIfExists(draft);
      } catch (IOException left) {
        failed.addSuppressed(left);
      }
      throw failed;
    }
  }

  /// Renames a file in one step, and replaces the target if it exists. The contents of the file
  /// must be durable already.
  public static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    sync(folder(to));
    if (!folder(from).equals(folder(to))) {
      sync(folder(from));
    }
  }

  /// Flushes a file, or the entries of a directory.
  public static void sync(Path path) throws IOException {
    if (Files.getFileAttributeView(path, PosixFileAttributeView.class) == null) {
      // Windows flushes the entries of a directory with the files, and opens no directory.
      return;
    }
    try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /// Flushes the entry of a file that was created or linked.
  public static void syncFolderOf(Path file) throws IOException {
    sync(folder(file));
  }

  /// Writes all remaining bytes of a buffer.
  public static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static Path folder(Path file) {
    return Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file has a folder");
  }
}
