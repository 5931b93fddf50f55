package dev.backlane.store.rocksdb.database;

import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.local.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The file `ACKNOWLEDGED`: the number of the last write that was acknowledged. RocksDB numbers its
/// writes without gaps, and opens a log that was truncated or deleted without an error, as an older
/// state. So the number in the database is compared with this one when the store is opened.
///
/// It is written after each batch, which costs about a microsecond, and flushed at most once per
/// [#SYNC_INTERVAL_MIN]. After the death of the process it is exact. After a power failure it may
/// be some seconds old, but is never ahead of the log. The two slots of the file are written in
/// turn, so that an incomplete write leaves the other. Thread-safe.
public final class AcknowledgedMark implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AcknowledgedMark.class);

  /// The minimum interval between two flushes, 1 s: each costs as much as the commit of a batch.
  private static final Duration SYNC_INTERVAL_MIN = Duration.ofSeconds(1);

  private static final String FILE = "ACKNOWLEDGED";
  private static final int SLOT_BYTES = 512;
  private static final int SLOTS = 2;
  private static final int NUMBERS_BYTES = 2 * Long.BYTES;
  private static final int RECORD_BYTES = NUMBERS_BYTES + Integer.BYTES;

  private final Path directory;
  private final FileChannel channel;
  private final ByteBuffer record = ByteBuffer.allocateDirect(RECORD_BYTES);
  private long sequence;
  private Instant at;
  private int nextSlot;
  private long syncedNanos = System.nanoTime();
  private boolean failing;

  private AcknowledgedMark(Path directory, FileChannel channel, Slot last) {
    this.directory = directory;
    this.channel = channel;
    this.sequence = last.sequence;
    this.at = last.at;
    this.nextSlot = (last.number + 1) % SLOTS;
  }

  private record Slot(int number, long sequence, Instant at) {}

  /// Creates the file of a store whose last write has this number, durably.
  public static void create(StoreDirectory store, long sequence) {
    var bytes = ByteBuffer.allocate(SLOTS * SLOT_BYTES);
    fill(bytes, sequence, Instant.now());
    try {
      DurableFiles.write(store.path().resolve(FILE), bytes.array());
    } catch (IOException failed) {
      throw new StoreException(
          "the store directory " + store.path() + " cannot be written: " + failed, failed);
    }
  }

  /// Opens the file of an existing store.
  ///
  /// @throws StoreException.Damaged if it is missing or damaged
  public static AcknowledgedMark open(StoreDirectory store) {
    var file = store.path().resolve(FILE);
    try {
      var last = Files.exists(file) ? last(Files.readAllBytes(file)) : Optional.<Slot>empty();
      if (last.isEmpty()) {
        throw new StoreException.Damaged(
            "the store directory "
                + store.path()
                + " is damaged: its file "
                + FILE
                + " is missing or cannot be read, so it is unknown whether the store is complete; "
                + StoreDirectory.REMEDY);
      }
      return new AcknowledgedMark(
          store.path(), FileChannel.open(file, StandardOpenOption.WRITE), last.get());
    } catch (IOException failed) {
      throw new StoreException(
          "the store directory " + store.path() + " cannot be read: " + failed, failed);
    }
  }

  private static Optional<Slot> last(byte[] file) {
    Optional<Slot> last = Optional.empty();
    for (int number = 0; number < SLOTS && file.length >= SLOTS * SLOT_BYTES; number++) {
      var slot = ByteBuffer.wrap(file, number * SLOT_BYTES, RECORD_BYTES);
      long sequence = slot.getLong();
      var at = Instant.ofEpochMilli(slot.getLong());
      boolean valid = slot.getInt() == sum(file, number * SLOT_BYTES);
      if (valid && last.filter(other -> other.sequence >= sequence).isEmpty()) {
        last = Optional.of(new Slot(number, sequence, at));
      }
    }
    return last;
  }

  private static int sum(byte[] bytes, int offset) {
    var sum = new CRC32C();
    sum.update(bytes, offset, NUMBERS_BYTES);
    return (int) sum.getValue();
  }

  private static void fill(ByteBuffer to, long sequence, Instant at) {
    byte[] numbers =
        ByteBuffer.allocate(NUMBERS_BYTES).putLong(sequence).putLong(at.toEpochMilli()).array();
    to.put(numbers).putInt(sum(numbers, 0));
  }

  /// The number of the last acknowledged write.
  synchronized long sequence() {
    return sequence;
  }

  /// Checks that a database that was opened contains all acknowledged writes.
  ///
  /// @param recovered the number of its last write
  /// @throws StoreException.Damaged if it does not
  synchronized void check(long recovered) {
    if (recovered < sequence) {
      throw new StoreException.Damaged(
          "the store directory "
              + directory
              + " is damaged: the last "
              + (sequence - recovered)
              + " writes to its log are missing, up to the last one that was acknowledged at "
              + at
              + "; a log file (db/*.log) was truncated, deleted or replaced. Accepted calls and ends of"
              + " operations are lost; "
              + StoreDirectory.REMEDY);
    }
  }

  /// Records that a write is durable. Failures are logged: the mark is then older than the log.
  synchronized void acknowledged(long number) {
    sequence = number;
    at = Instant.now();
    record.clear();
    fill(record, sequence, at);
    record.flip();
    try {
      long offset = (long) nextSlot * SLOT_BYTES;
      while (record.hasRemaining()) {
        channel.write(record, offset + record.position());
      }
      nextSlot = (nextSlot + 1) % SLOTS;
      if (System.nanoTime() - syncedNanos >= SYNC_INTERVAL_MIN.toNanos()) {
        sync();
      }
      failing = false;
    } catch (IOException failed) {
      if (!failing) {
        LOG.warn("the file {} in {} cannot be written: {}", FILE, directory, failed.toString());
      }
      failing = true;
    }
  }

  private void sync() throws IOException {
    syncedNanos = System.nanoTime();
    channel.force(false);
  }

  /// Flushes and closes the file.
  @Override
  public synchronized void close() {
    try (channel) {
      sync();
    } catch (IOException failed) {
      LOG.warn("the file {} in {} cannot be flushed: {}", FILE, directory, failed.toString());
    }
  }
}
