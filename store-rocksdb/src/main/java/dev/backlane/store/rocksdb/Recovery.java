package dev.backlane.store.rocksdb;

import dev.backlane.engine.store.StoreException;
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

/// Recovers the store after a failed write without a restart. As soon as the disk accepts writes,
/// the database is reopened, and its log decides what of the failed write took effect. Until then
/// reads continue and writes are refused. For the committer's thread, except [#why()].
///
/// It has no thread of its own: each command that is submitted meanwhile tries it, at most once per
/// [#PAUSE].
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  /// The shortest time between two attempts, 1 s: each writes to a failing disk.
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /// What must fit on the disk in addition to the log before the database is opened, 4 MiB: opening
  /// writes a manifest.
  private static final int TRIAL_BYTES = 4 << 20;

  private final Path store;
  private final Path databaseFolder;
  private final Database database;
  private final Runnable reopened;
  private volatile @Nullable String why;
  private long lastAttemptNanos;

  /// @param reopened rebuilds what is kept in memory
  Recovery(StoreDirectory directory, Database database, Runnable reopened) {
    this.store = directory.path();
    this.databaseFolder = directory.db();
    this.database = database;
    this.reopened = reopened;
  }

  /// Records that a write failed.
  void needed(RocksDBException failed) {
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
  String why() {
    var reason = why;
    return reason == null ? "" : reason;
  }

  /// Tries to recover, if that is necessary and enough time has passed since the last attempt.
  ///
  /// @return why writes are still refused; empty if they are not
  Optional<String> attempt() {
    if (why == null) {
      return Optional.empty();
    }
    if (System.nanoTime() - lastAttemptNanos < PAUSE.toNanos()) {
      return Optional.of(why());
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
      return Optional.of(why());
    } catch (StoreException failed) {
      why = failed.getMessage();
      return Optional.of(why());
    } finally {
      lastAttemptNanos = System.nanoTime();
    }
  }

  // A closed database cannot serve reads, so it is not closed until it will certainly open again,
  // which first writes the contents of its log to other files.
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
