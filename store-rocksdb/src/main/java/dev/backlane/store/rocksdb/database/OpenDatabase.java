package dev.backlane.store.rocksdb.database;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.Checkpoint;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/// An open RocksDB database with its column families and other native objects. Reads and writes are
/// thread-safe; the caller must ensure that none is in progress during [#close()].
public final class OpenDatabase implements AutoCloseable {
  // Native memory outside the heap: about 100 MiB in total with a heap of 512 MiB or less, and
  // 320 MiB at most. The cache contains the indexes and filters of all files, too.
  private static final long CACHE_BYTES_MIN = 32L << 20;
  private static final long CACHE_BYTES_MAX = 256L << 20;
  private static final int HEAP_PER_CACHE = 16;
  private static final long WRITE_BUFFERS_BYTES = 64L << 20;
  private static final long WAL_BYTES_MAX = 128L << 20;
  private static final int OPEN_FILES_MAX = 512;
  private static final long INFO_LOG_BYTES_MAX = 4L << 20;
  private static final int INFO_LOGS_MAX = 2;
  // A value of this size or more is written to a blob file once instead of being rewritten by each
  // compaction.
  private static final long BLOB_BYTES_MIN = 1024;
  private static final int BLOOM_BITS_PER_KEY = 10;

  private final RocksDB db;
  private final @Nullable AcknowledgedMark mark;
  private final Map<Column, ColumnFamilyHandle> handles = new EnumMap<>(Column.class);
  private final WriteOptions syncWrites;
  private final ReadOptions reading;
  private final Deque<AutoCloseable> natives;

  private OpenDatabase(
      RocksDB db,
      List<ColumnFamilyHandle> handles,
      Deque<AutoCloseable> natives,
      @Nullable AcknowledgedMark mark) {
    this.db = db;
    this.mark = mark;
    var opened = handles.iterator();
    for (var column : Column.values()) {
      this.handles.put(column, opened.next());
    }
    this.natives = natives;
    this.syncWrites = new WriteOptions().setSync(true);
    this.reading = new ReadOptions();
    natives.push(syncWrites);
    natives.push(reading);
  }

  /// How a database is opened.
  enum Mode {
    /// Creates an empty database.
    CREATE(WALRecoveryMode.TolerateCorruptedTailRecords),
    /// A crash may leave an incomplete record at the end of the log. A fault before the end is
    /// damage, and opening fails.
    STRICT(WALRecoveryMode.TolerateCorruptedTailRecords),
    /// Opens it with what its log has before the first damaged record, and drops the rest.
    UP_TO_DAMAGE(WALRecoveryMode.PointInTimeRecovery),
    /// As [#UP_TO_DAMAGE], also if complete log files are missing.
    SALVAGE(WALRecoveryMode.PointInTimeRecovery);

    private final WALRecoveryMode recovery;

    Mode(WALRecoveryMode recovery) {
      this.recovery = recovery;
    }

    static Mode of(boolean fresh) {
      return fresh ? CREATE : STRICT;
    }
  }

  /// @param mark receives the number of each write once it is durable
  static OpenDatabase open(Path directory, AcknowledgedMark mark, Mode mode)
      throws RocksDBException {
    var natives = new ArrayDeque<AutoCloseable>();
    try {
      var families = families(natives);
      var handles = new ArrayList<ColumnFamilyHandle>();
      var db = RocksDB.open(options(natives, mode), directory.toString(), families, handles);
      return new OpenDatabase(db, handles, natives, mark);
    } catch (RocksDBException | RuntimeException failed) {
      closeAll(natives);
      throw failed;
    }
  }

  /// The number of the last write that can be read before the first damage of the log. Changes
  /// nothing.
  static long readableSequence(Path directory) throws RocksDBException {
    try (var db = readOnly(directory, Mode.UP_TO_DAMAGE)) {
      return db.sequence();
    }
  }

  /// Opens what can be read before the first damage of the log. Changes nothing; writes fail.
  static OpenDatabase readOnly(Path directory, Mode mode) throws RocksDBException {
    var natives = new ArrayDeque<AutoCloseable>();
    try {
      var families = families(natives);
      var handles = new ArrayList<ColumnFamilyHandle>();
      var options = options(natives, mode);
      var db = RocksDB.openReadOnly(options, directory.toString(), families, handles);
      return new OpenDatabase(db, handles, natives, null);
    } catch (RocksDBException | RuntimeException failed) {
      closeAll(natives);
      throw failed;
    }
  }

  private static List<ColumnFamilyDescriptor> families(Deque<AutoCloseable> natives) {
    var cache = register(natives, new LRUCache(cacheBytes()));
    var filter = register(natives, new BloomFilter(BLOOM_BITS_PER_KEY));
    var families = new ArrayList<ColumnFamilyDescriptor>();
    for (var column : Column.values()) {
      families.add(
          new ColumnFamilyDescriptor(
              column.family(), register(natives, options(column, cache, filter))));
    }
    return families;
  }

  private static long cacheBytes() {
    return Math.clamp(
        Runtime.getRuntime().maxMemory() / HEAP_PER_CACHE, CACHE_BYTES_MIN, CACHE_BYTES_MAX);
  }

  private static DBOptions options(Deque<AutoCloseable> natives, Mode mode) {
    return register(natives, mode == Mode.SALVAGE ? new DBOptions() : verifyingLogs())
        .setCreateIfMissing(mode == Mode.CREATE)
        // A store of an earlier version has fewer column families.
        .setCreateMissingColumnFamilies(true)
        .setDbWriteBufferSize(WRITE_BUFFERS_BYTES)
        .setMaxTotalWalSize(WAL_BYTES_MAX)
        .setMaxOpenFiles(OPEN_FILES_MAX)
        .setBytesPerSync(1 << 20)
        .setWalRecoveryMode(mode.recovery)
        .setParanoidChecks(true)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setMaxLogFileSize(INFO_LOG_BYTES_MAX)
        .setKeepLogFileNum(INFO_LOGS_MAX)
        .setStatsDumpPeriodSec(0)
        .setStatsPersistPeriodSec(0);
  }

  // The manifest then records the size of each complete log file, and opening fails if one is
  // missing or shorter. The last log file is covered by the mark. The option has no setter.
  private static DBOptions verifyingLogs() {
    var properties = new Properties();
    properties.setProperty("track_and_verify_wals_in_manifest", "true");
    return Objects.requireNonNull(
        DBOptions.getDBOptionsFromProps(properties), "RocksDB knows the option");
  }

  private static ColumnFamilyOptions options(Column column, Cache cache, BloomFilter filter) {
    var table =
        new BlockBasedTableConfig()
            .setBlockCache(cache)
            .setFilterPolicy(filter)
            .setCacheIndexAndFilterBlocks(true)
            .setPinL0FilterAndIndexBlocksInCache(true);
    var options =
        new ColumnFamilyOptions()
            .setTableFormatConfig(table)
            .setCompressionType(CompressionType.LZ4_COMPRESSION);
    if (column == Column.CONTENTS) {
      options
          .setEnableBlobFiles(true)
          .setMinBlobSize(BLOB_BYTES_MIN)
          .setBlobFileSize(64L << 20)
          .setBlobCompressionType(CompressionType.LZ4_COMPRESSION);
    }
    return options;
  }

  private static <T extends AutoCloseable> T register(Deque<AutoCloseable> natives, T object) {
    natives.push(object);
    return object;
  }

  public byte @Nullable [] get(Column column, byte[] key) throws RocksDBException {
    return db.get(handle(column), reading, key);
  }

  /// Reads several keys, each of its own column. Keys that are neighbors take less time together.
  ///
  /// @return a value for each key; null if it is missing or cannot be read: only [#get] reports
  ///     which
  List<byte @Nullable []> getAll(List<Column> columns, List<byte[]> keys) throws RocksDBException {
    List<byte @Nullable []> values = new ArrayList<>(keys.size());
    if (!keys.isEmpty()) {
      var handles = columns.stream().map(this::handle).toList();
      values.addAll(db.multiGetAsList(reading, handles, keys));
    }
    return values;
  }

  /// Iterates over a column. The caller must close the iterator before the database is closed.
  public RocksIterator iterator(Column column) {
    return db.newIterator(handle(column), reading);
  }

  /// Writes a batch; it is durable on return. For one thread at a time.
  public void write(WriteBatch batch) throws RocksDBException {
    db.write(syncWrites, batch);
    if (mark != null) {
      mark.acknowledged(sequence());
    }
  }

  /// The number of the last write.
  long sequence() {
    return db.getLatestSequenceNumber();
  }

  /// Deletes the files that contain only keys of the given ranges, which must not be read any more.
  public void dropFiles(Column column, List<byte[]> bounds) throws RocksDBException {
    db.deleteFilesInRanges(handle(column), bounds, false);
  }

  /// The estimated number of rows of a column.
  public long estimatedRows(Column column) throws RocksDBException {
    return db.getLongProperty(handle(column), "rocksdb.estimate-num-keys");
  }

  /// The size of a column on the disk, without the log.
  public long bytes(Column column) throws RocksDBException {
    return db.getLongProperty(handle(column), "rocksdb.total-sst-files-size")
        + db.getLongProperty(handle(column), "rocksdb.total-blob-file-size");
  }

  /// Copies the database in its present state to a new folder.
  public void checkpoint(Path folder) throws RocksDBException {
    try (var checkpoint = Checkpoint.create(db)) {
      checkpoint.createCheckpoint(folder.toString());
    }
  }

  public ColumnFamilyHandle handle(Column column) {
    var handle = handles.get(column);
    if (handle == null) {
      throw new IllegalStateException("no column family " + column);
    }
    return handle;
  }

  @Override
  public void close() {
    handles.values().forEach(ColumnFamilyHandle::close);
    db.close();
    closeAll(natives);
  }

  private static void closeAll(Deque<AutoCloseable> natives) {
    for (var object : natives) {
      try {
        object.close();
      } catch (Exception impossible) {
        throw new IllegalStateException("closing an object of RocksDB cannot fail", impossible);
      }
    }
  }
}
