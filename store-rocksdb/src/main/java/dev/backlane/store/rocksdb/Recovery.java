package dev.backlane.store.rocksdb;

import dev.backlane.engine.store.StoreException;
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

/// Brings the store back after a write that failed, without a restart: as soon as the disk takes bytes again the database is
/// opened anew, and its log decides what of the failed write happened. Until then reads go on and writes are refused. For the
/// committer's thread, but for [#why()].
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  /// How long to wait between two tries, 1 s: each costs a write to a disk in trouble.
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /// What must fit on the disk besides the log before the database is opened, 4 MiB: opening writes a manifest.
  private static final int TRIAL_BYTES = 4 << 20;

  private final Path store;
  private final Path databaseFolder;
  private final Database database;
  private final Runnable reopened;
  private volatile @Nullable String why;
  private long lastTryNanos;

  /// @param reopened rebuilds what is held in memory
  Recovery(StoreDirectory directory, Database database, Runnable reopened) {
    this.store = directory.path();
    this.databaseFolder = directory.db();
    this.database = database;
    this.reopened = reopened;
  }

  /// Told that a write failed.
  void needed(RocksDBException failed) {
    why =
        "the store in "
            + store
            + " cannot write: "
            + failed.getMessage()
            + "; free space, or mend the disk";
    lastTryNanos = System.nanoTime();
    LOG.error("{}", why, failed);
  }

  /// Why the store cannot write; empty where it can.
  String why() {
    var reason = why;
    return reason == null ? "" : reason;
  }

  /// Tries to bring the store back if that is needed and it is time.
  ///
  /// @return why writes are still refused; empty where they are not
  Optional<String> attempt() {
    if (why == null) {
      return Optional.empty();
    }
    if (System.nanoTime() - lastTryNanos < PAUSE.toNanos()) {
      return Optional.of(why());
    }
    try {
      tryDisk();
      database.reopen();
      reopened.run();
      why = null;
      LOG.info("the store in {} writes again", store);
      return Optional.empty();
    } catch (IOException full) {
      LOG.debug("the store in {} is not opened anew yet: {}", store, full.getMessage());
      return Optional.of(why());
    } catch (StoreException failed) {
      why = failed.getMessage();
      return Optional.of(why());
    } finally {
      lastTryNanos = System.nanoTime();
    }
  }

  // A database that does not open does not answer reads either, so it stays as it is until it will
  // open: it writes what its log holds to files of their own first.
  private void tryDisk() throws IOException {
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
