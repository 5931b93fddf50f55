package dev.backlane.store.rocksdb;

import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.store.rocksdb.database.Database;
import dev.backlane.store.rocksdb.database.StoreDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Recovers the store after a failed write, without a restart. When the disk accepts writes again,
/// the database is reopened and replays its log, which determines whether the failed write took
/// effect. Until then reads continue and writes are refused. For the committer's thread, except
/// [#reason()].
///
/// It has no thread: commands that are submitted in the meantime trigger an attempt, at most once
/// per [#ATTEMPT_INTERVAL_MIN].
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  /// The minimum interval between two attempts, 1 s: each attempt writes to the failing disk.
  private static final Duration ATTEMPT_INTERVAL_MIN = Duration.ofSeconds(1);

  /// The space in addition to the size of the log that must be free before the database is
  /// reopened, 4 MiB: reopening writes a manifest.
  private static final int TRIAL_BYTES = 4 << 20;

  private final Path store;
  private final Path databaseFolder;
  private final Database database;
  private final Runnable reopened;
  private volatile @Nullable String why;
  private long lastAttemptNanos;

  /// @param reopened rebuilds the in-memory queues
  Recovery(StoreDirectory directory, Database database, Runnable reopened) {
    this.store = directory.path();
    this.databaseFolder = directory.db();
    this.database = database;
    this.reopened = reopened;
  }

  /// Starts refusing writes after a failed write.
  void begin(RocksDBException failed) {
    why =
        "the store in "
            + store
            + " cannot write: "
            + failed.getMessage()
            + "; free space, or repair the disk";
    lastAttemptNanos = System.nanoTime();
    LOG.error("{}", why, failed);
  }

  /// Why the store cannot write; empty if it can.
  String reason() {
    var reason = why;
    return reason == null ? "" : reason;
  }

  /// Attempts to recover if writes are refused and [#ATTEMPT_INTERVAL_MIN] has passed since the
  /// last attempt.
  ///
  /// @return why writes are still refused; empty if they are not
  Optional<String> attempt() {
    if (why == null) {
      return Optional.empty();
    }
    if (System.nanoTime() - lastAttemptNanos < ATTEMPT_INTERVAL_MIN.toNanos()) {
      return Optional.of(reason());
    }
    try {
      checkDisk();
      database.reopen();
      reopened.run();
      why = null;
      LOG.info("the store in {} accepts writes again", store);
      return Optional.empty();
    } catch (IOException full) {
      LOG.debug("the store in {} cannot be reopened yet: {}", store, full.getMessage());
      return Optional.of(reason());
    } catch (StoreException failed) {
      why = failed.getMessage();
      return Optional.of(reason());
    } finally {
      lastAttemptNanos = System.nanoTime();
    }
  }

  // A closed database cannot serve reads. It is only closed once enough space is free to open it
  // again, which copies the contents of its log to other files.
  private void checkDisk() throws IOException {
    long needed = logBytes() + TRIAL_BYTES;
    if (Files.getFileStore(store).getUsableSpace() < needed) {
      throw new IOException("less than " + needed + " bytes are free");
    }
    var trial = store.resolve("trial.tmp");
    try (var file = FileChannel.open(trial, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      var bytes = ByteBuffer.allocate(TRIAL_BYTES);
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
      file.force(true);
    } finally {
      Files.deleteIfExists(trial);
    }
  }

  private long logBytes() throws IOException {
    long bytes = 0;
    try (var files = Files.newDirectoryStream(databaseFolder, "*.log")) {
      for (var file : files) {
        bytes += Files.size(file);
      }
    }
    return bytes;
  }
}
