package dev.backlane.engine.execution.outcomes;

import dev.backlane.engine.store.local.DurableFiles;
import dev.backlane.engine.store.local.OwnerOnly;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The folder of one process in the spool directory. The process holds a lock on it as long as it
/// lives, so that others recognize the folders of processes that have ended. Thread-safe.
final class SpoolFolder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SpoolFolder.class);
  private static final String LOCK = "lock";

  /// The name of a folder that is not locked yet begins with this.
  private static final String NEW = ".new-";

  private static final Pattern NAME =
      Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");

  private static final Set<OpenOption> WRITE_NEW =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);

  private final Path path;
  private final FileChannel lock;

  private SpoolFolder(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /// Creates the folder of this process; the spool directory is created if it is missing.
  static SpoolFolder create(Path directory) throws IOException {
    createPrivate(directory);
    restrict(directory);
    var name = UUID.randomUUID().toString();
    var temporary = directory.resolve(NEW + name);
    createPrivate(temporary);
    var lock = newFile(temporary.resolve(LOCK));
    try {
      lock.lock();
      // Others see the folder only after it is locked.
      var path = directory.resolve(name);
      DurableFiles.move(temporary, path);
      return new SpoolFolder(path, lock);
    } catch (IOException | RuntimeException failed) {
      lock.close();
      throw failed;
    }
  }

  /// The folders of processes that have ended, each locked by this process now.
  static List<SpoolFolder> abandoned(Path directory, SpoolFolder own) throws IOException {
    try (var entries = Files.list(directory)) {
      return entries
          .filter(entry -> Files.isDirectory(entry) && !entry.equals(own.path))
          .filter(entry -> NAME.matcher(String.valueOf(entry.getFileName())).matches())
          .flatMap(entry -> adopt(entry).stream())
          .toList();
    } catch (UncheckedIOException failed) {
      throw failed.getCause();
    }
  }

  private static Optional<SpoolFolder> adopt(Path path) {
    try {
      var channel = FileChannel.open(path.resolve(LOCK), StandardOpenOption.WRITE);
      if (locked(channel)) {
        return Optional.of(new SpoolFolder(path, channel));
      }
      channel.close();
      return Optional.empty();
    } catch (NoSuchFileException removedMeanwhile) {
      return Optional.empty();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException ofThisProcess) {
      return false;
    }
  }

  Path path() {
    return path;
  }

  /// The files except the lock.
  List<Path> files() throws IOException {
    try (var entries = Files.list(path)) {
      return entries.filter(entry -> !entry.endsWith(LOCK)).toList();
    }
  }

  /// Creates a file that only its owner can read.
  static FileChannel newFile(Path file) throws IOException {
    return FileChannel.open(file, WRITE_NEW, OwnerOnly.file(file));
  }

  /// Writes a file that is either absent or complete after a crash, and durable on return.
  void write(String name, byte[] bytes) throws IOException {
    var temporary = path.resolve(name + ".tmp");
    try {
      try (var channel = newFile(temporary)) {
        DurableFiles.writeFully(channel, ByteBuffer.wrap(bytes));
        channel.force(true);
      }
      DurableFiles.move(temporary, path.resolve(name));
    } catch (IOException failed) {
      Files.deleteIfExists(temporary);
      throw failed;
    }
  }

  /// Takes the permissions of other users from a directory that has no other use. Another one, such
  /// as `/tmp`, stays as it is: the folders of the processes are private in any case.
  private static void restrict(Path directory) throws IOException {
    try (var entries = Files.list(directory)) {
      if (!entries.allMatch(SpoolFolder::isOurs)) {
        return;
      }
    }
    try {
      OwnerOnly.restrictDirectory(directory);
    } catch (IOException ofAnotherUser) {
      LOG.warn(
          "Other users can see which files are in the spool directory, but not their content: {}",
          ofAnotherUser.getMessage());
    }
  }

  private static boolean isOurs(Path entry) {
    var name = String.valueOf(entry.getFileName());
    return NAME.matcher(name.startsWith(NEW) ? name.substring(NEW.length()) : name).matches();
  }

  private static void createPrivate(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      DurableFiles.createDirectories(directory, OwnerOnly.directory(directory));
    }
  }

  /// Removes the folder if it has no files, and releases the lock.
  @Override
  public void close() throws IOException {
    try (lock) {
      if (files().isEmpty()) {
        Files.deleteIfExists(path.resolve(LOCK));
        Files.deleteIfExists(path);
      }
    } catch (NoSuchFileException removed) {
      LOG.trace("{} is removed already", path);
    }
  }
}
