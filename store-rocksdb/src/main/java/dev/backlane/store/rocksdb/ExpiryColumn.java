package dev.backlane.store.rocksdb;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.RecordReader;
import dev.backlane.engine.codec.RecordWriter;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.expiry.ExpiryBuckets;
import dev.backlane.engine.store.expiry.ExpiryBuckets.Bucket;
import dev.backlane.engine.store.expiry.ExpiryBuckets.Progress;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.OpenDatabase;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/// The expiry of one kind of records, as stored in [Column#EXPIRY]. A key is the kind (1 byte),
/// which holds the progress, or the kind and the start of a bucket (8 bytes). For one thread.
final class ExpiryColumn {
  /// What expires. The number is part of the stored format.
  enum Kind {
    OPERATIONS(0),
    DELIVERIES(1);

    private final byte number;

    Kind(int number) {
      this.number = (byte) number;
    }
  }

  private static final int BUCKET_KEY_BYTES = 1 + Long.BYTES;

  private final Kind kind;
  private final ExpiryBuckets buckets;

  private ExpiryColumn(Kind kind, ExpiryBuckets buckets) {
    this.kind = kind;
    this.buckets = buckets;
  }

  static ExpiryColumn load(OpenDatabase db, Kind kind)
      throws RocksDBException, CorruptRecordException {
    var stored = new ArrayList<Bucket>();
    try (var rows = db.iterator(Column.EXPIRY)) {
      for (rows.seek(progressKey(kind));
          rows.isValid() && rows.key()[0] == kind.number;
          rows.next()) {
        if (rows.key().length == BUCKET_KEY_BYTES) {
          stored.add(bucket(rows.key(), rows.value()));
        }
      }
      rows.status();
    }
    return new ExpiryColumn(kind, new ExpiryBuckets(progress(db, kind), stored));
  }

  /// The expiry of a store that is filled with the data of another store.
  static ExpiryColumn ofImport(Kind kind) {
    return new ExpiryColumn(kind, ExpiryBuckets.ofImport());
  }

  /// The stored progress.
  static Progress progress(OpenDatabase db, Kind kind)
      throws RocksDBException, CorruptRecordException {
    byte[] value = db.get(Column.EXPIRY, progressKey(kind));
    if (value == null) {
      return Progress.NONE;
    }
    var in = new RecordReader(value);
    return new Progress(in.number(), in.number(), Instant.ofEpochMilli(in.number()), in.number());
  }

  private static byte[] progressKey(Kind kind) {
    return new byte[] {kind.number};
  }

  private static byte[] bucketKey(Kind kind, long fromMillis) {
    return ByteBuffer.allocate(BUCKET_KEY_BYTES).put(kind.number).putLong(fromMillis).array();
  }

  private static Bucket bucket(byte[] key, byte[] value) throws CorruptRecordException {
    var in = new RecordReader(value);
    return new Bucket(ByteBuffer.wrap(key, 1, Long.BYTES).getLong(), in.number(), in.number());
  }

  /// Records an end.
  void ended(OperationId id, Writes writes) throws RocksDBException {
    var changed = buckets.ended(id);
    if (changed.isPresent()) {
      var bucket = changed.get();
      writes.put(
          bucketKey(kind, bucket.fromMillis()),
          new RecordWriter().number(bucket.toMillis()).number(bucket.lastEndMillis()).toBytes());
    }
  }

  /// Advances the observed time.
  ///
  /// @return the buckets that have expired, the oldest first
  List<Bucket> advance(RetentionStep step, Writes writes) throws RocksDBException {
    var expired = buckets.advance(step);
    writeProgress(writes);
    return expired;
  }

  /// Removes the records of buckets that were pruned, except those in which an operation has ended
  /// since.
  void remove(List<Bucket> pruned, Writes writes) throws RocksDBException {
    for (var bucket : pruned) {
      if (buckets.remove(bucket)) {
        writes.delete(bucketKey(kind, bucket.fromMillis()));
      }
    }
    writeProgress(writes);
  }

  private void writeProgress(Writes writes) throws RocksDBException {
    var progress = buckets.progress();
    writes.put(
        progressKey(kind),
        new RecordWriter()
            .number(progress.observedMillis())
            .number(progress.widthMillis())
            .number(progress.latest().toEpochMilli())
            .number(progress.prunedToMillis())
            .toBytes());
  }

  /// The lower of an id and the start of the oldest bucket.
  OperationId oldestOr(OperationId id) {
    return buckets.oldest().filter(oldest -> oldest.compareTo(id) < 0).orElse(id);
  }

  /// Adds writes to a batch.
  record Writes(OpenDatabase db, WriteBatch batch) {
    private void put(byte[] key, byte[] value) throws RocksDBException {
      batch.put(db.handle(Column.EXPIRY), key, value);
    }

    private void delete(byte[] key) throws RocksDBException {
      batch.delete(db.handle(Column.EXPIRY), key);
    }
  }
}
