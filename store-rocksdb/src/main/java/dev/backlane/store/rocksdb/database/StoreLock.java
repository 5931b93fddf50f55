package dev.backlane.store.rocksdb.database;

import dev.backlane.engine.store.failure.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/// The lock on a store's directory, held while the store is open: the operating system releases it
/// when the process ends. It is taken before anything is read, so that a store in use is never
/// reported as damaged, and a damaged one never as in use. Thread-safe.
public final class StoreLock implements AutoCloseable {
  /// The directories that this process has locked. Closing any channel of a file releases the locks
  /// of the whole process on it (fcntl(2)), so a file that is locked here is not opened again.
  private static final Set<Path> LOCKED = ConcurrentHashMap.newKeySet();

  /// All locks on files, on Linux (proc_locks(5)).
  private static final Path LOCKS_OF_THE_SYSTEM = Path.of("/proc/locks");

  private static final Pattern LOCK_OF_A_PROCESS =
      Pattern.compile("POSIX +\\S+ +WRITE +(?<process>-?\\d+) [^ :]+:[^ :]+:(?<inode>\\d+) ");

  private final Path directory;
  private final FileChannel channel;

  private StoreLock(Path directory, FileChannel channel) {
    this.directory = directory;
    this.channel = channel;
  }

  /// @throws StoreException if another process, or another store of this process, has the lock
  public static StoreLock take(StoreDirectory store) {
    try {
      var directory = store.path().toRealPath();
      if (!LOCKED.add(directory)) {
        throw inUse(store);
      }
      try {
        return new StoreLock(directory, locked(store, directory));
      } catch (IOException | RuntimeException failed) {
        LOCKED.remove(directory);
        throw failed;
      }
    } catch (IOException failed) {
      throw new StoreException(
          "the store directory " + store.path() + " cannot be locked: " + failed, failed);
    }
  }

  private static FileChannel locked(StoreDirectory store, Path directory) throws IOException {
    var channel =
        FileChannel.open(
            directory.resolve("LOCK"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock == null) {
        throw inUse(store);
      }
      return channel;
    } catch (IOException | RuntimeException failed) {
      channel.close();
      throw failed;
    }
  }

  /// Which process has the lock, without taking it, so that a process that starts meanwhile is not
  /// refused.
  ///
  /// @return empty if no process has it, or if only taking the lock could show that; the id of the
  ///     process, or 0 if it is not known
  public static OptionalLong holder(Path store) {
    try {
      var directory = store.toRealPath();
      if (LOCKED.contains(directory)) {
        return OptionalLong.of(ProcessHandle.current().pid());
      }
      var inode = Files.getAttribute(directory.resolve("LOCK"), "unix:ino");
      try (var locks = Files.lines(LOCKS_OF_THE_SYSTEM)) {
        return locks
            .map(LOCK_OF_A_PROCESS::matcher)
            .filter(lock -> lock.find() && lock.group("inode").equals(String.valueOf(inode)))
            .mapToLong(lock -> Math.max(0, Long.parseLong(lock.group("process"))))
            .findFirst();
      }
    } catch (IOException | UncheckedIOException | UnsupportedOperationException notLinux) {
      return OptionalLong.empty();
    }
  }

  static StoreException inUse(StoreDirectory store) {
    return new StoreException(
        "the store directory "
            + store.path()
            + " is in use by another Backlane process; stop that one, or set another store.path for this one");
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException failed) {
      throw new StoreException("the lock on " + directory + " cannot be released", failed);
    } finally {
      LOCKED.remove(directory);
    }
  }
}
