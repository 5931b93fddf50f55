package dev.backlane.store.rocksdb;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.DeliveryCodec;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.LeasedOperation;
import dev.backlane.engine.store.expiry.ExpiryBuckets;
import dev.backlane.engine.store.local.RecentVersions;
import dev.backlane.engine.store.search.UnsuccessfulEnd;
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.DamagedRecords;
import dev.backlane.store.rocksdb.database.Keys;
import dev.backlane.store.rocksdb.database.OpenDatabase;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Assembles one batch of writes. Reads include the effects of earlier commands of the batch. For
/// one thread.
final class Batch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Batch.class);

  /// Returned instead of a version for an operation that does not exist or has ended.
  static final long NOT_ACTIVE = -1;

  /// Returned instead of a version for a delivery or record that is not stored.
  static final long NOT_STORED = -1;

  /// Returned instead of the version of a record that cannot be read, so that it fails no other
  /// command of the batch.
  static final long UNREADABLE = LeasedOperation.UNREADABLE;

  private static final byte[] EMPTY = new byte[0];

  private final OpenDatabase db;
  private final RecentVersions recent;
  private final RecentVersions recentDeliveries;
  private final WriteBatch writes = new WriteBatch();
  private final Map<OperationId, Long> versions = new HashMap<>();
  private final Map<ByteBuffer, byte[]> keys = new HashMap<>();
  private final Map<OperationId, Long> deliveryVersions = new HashMap<>();
  private final Map<ByteBuffer, Long> recordVersions = new HashMap<>();

  /// @param recent of the operations
  /// @param recentDeliveries of the deliveries
  Batch(OpenDatabase db, RecentVersions recent, RecentVersions recentDeliveries) {
    this.db = db;
    this.recent = recent;
    this.recentDeliveries = recentDeliveries;
  }

  /// The version of an operation that is about to change.
  ///
  /// @param mark of [RecentVersions], taken before the operation was read; or
  ///     [RecentVersions#NO_MARK]
  long version(Command.Change change, long mark) throws RocksDBException {
    if (change.from() == UNREADABLE || versions.containsKey(change.id())) {
      return version(change.id());
    }
    var known = recent.version(change.id(), change.from(), mark);
    return known.isPresent() ? known.getAsLong() : version(change.id());
  }

  private long version(OperationId id) throws RocksDBException {
    var changed = versions.get(id);
    if (changed != null) {
      return changed;
    }
    return version(NOT_ACTIVE, OperationCodec::version, () -> db.get(Column.ACTIVE, id.bytes()));
  }

  /// Whether an operation is stored; true if its record cannot be read.
  boolean exists(OperationId id) throws RocksDBException {
    return versions.containsKey(id)
        || version(id) != NOT_ACTIVE
        || version(NOT_ACTIVE, OperationCodec::version, () -> db.get(Column.ENDED, id.bytes()))
            != NOT_ACTIVE;
  }

  /// Whether a stored operation was started by a caller; false if its record cannot be read.
  boolean isOf(OperationId id, Caller caller) throws RocksDBException {
    try {
      byte[] call = db.get(Column.CALLS, id.bytes());
      return call != null && OperationCodec.caller(call).equals(caller);
    } catch (CorruptRecordException damaged) {
      LOG.debug("a record cannot be read", damaged);
      return false;
    }
  }

  byte @Nullable [] keyUse(byte[] datedKey) throws RocksDBException {
    byte[] claimed = keys.get(ByteBuffer.wrap(datedKey));
    return claimed != null ? claimed : db.get(Column.KEYS, datedKey);
  }

  void accept(Command.Accept accept) throws RocksDBException {
    byte[] id = accept.id().bytes();
    put(Column.CALLS, id, accept.call());
    put(Column.ACTIVE, id, accept.progress());
    for (byte[] owner : accept.owners()) {
      put(Column.OWNED, Keys.owned(Keys.hour(accept.id()), owner, accept.id()), EMPTY);
    }
    content(accept.content());
    versions.put(accept.id(), 0L);
  }

  void useKey(byte[] datedKey, OperationId first, byte[] fingerprint) throws RocksDBException {
    byte[] use = keyUse(first, fingerprint);
    put(Column.KEYS, datedKey, use);
    keys.put(ByteBuffer.wrap(datedKey), use);
  }

  /// Encodes the use of an idempotency key.
  static byte[] keyUse(OperationId first, byte[] fingerprint) {
    return ByteBuffer.allocate(OperationId.BYTES + fingerprint.length)
        .put(first.bytes())
        .put(fingerprint)
        .array();
  }

  void change(Command.Change change) throws RocksDBException {
    byte[] id = change.id().bytes();
    if (change.ended()) {
      writes.delete(db.handle(Column.ACTIVE), id);
      put(Column.ENDED, id, change.progress());
      int end = change.end().getAsInt();
      if (end != UnsuccessfulEnd.NONE) {
        put(Column.UNSUCCESSFUL, id, Keys.unsuccessfulEnd(end));
      }
    } else {
      put(Column.ACTIVE, id, change.progress());
    }
    versions.put(change.id(), change.ended() ? NOT_ACTIVE : change.from() + 1);
  }

  /// The version of a delivery that is about to change.
  long deliveryVersion(Command.DeliveryChange change) throws RocksDBException {
    var id = change.id();
    var changed = deliveryVersions.get(id);
    if (changed != null) {
      return changed;
    }
    var known = recentDeliveries.version(id, change.from(), RecentVersions.NO_MARK);
    if (known.isPresent()) {
      return known.getAsLong();
    }
    return version(
        NOT_STORED,
        DeliveryCodec::version,
        () -> {
          byte[] due = db.get(Column.DELIVERIES_DUE, id.bytes());
          return due == null ? db.get(Column.DELIVERIES_ENDED, id.bytes()) : due;
        });
  }

  void changeDelivery(Command.DeliveryChange change) throws RocksDBException {
    byte[] id = change.id().bytes();
    if (change.from() != NOT_STORED) {
      var other = change.ended() ? Column.DELIVERIES_DUE : Column.DELIVERIES_ENDED;
      writes.delete(db.handle(other), id);
    }
    put(change.ended() ? Column.DELIVERIES_ENDED : Column.DELIVERIES_DUE, id, change.delivery());
    deliveryVersions.put(change.id(), change.from() + 1);
  }

  void pruneDeliveries(ExpiryBuckets.Bucket expired) throws RocksDBException {
    writes.deleteRange(
        db.handle(Column.DELIVERIES_ENDED), expired.from().bytes(), expired.to().bytes());
  }

  ExpiryColumn.Writes expiry() {
    return new ExpiryColumn.Writes(db, writes);
  }

  long recordVersion(byte[] key) throws RocksDBException {
    var changed = recordVersions.get(ByteBuffer.wrap(key));
    if (changed != null) {
      return changed;
    }
    return version(NOT_STORED, RocksRecordStore::version, () -> db.get(Column.RECORDS, key));
  }

  /// Reads the version of a stored record.
  @FunctionalInterface
  private interface Version {
    long of(byte[] record) throws CorruptRecordException;
  }

  /// Reads a stored record.
  @FunctionalInterface
  private interface Read {
    byte @Nullable [] record() throws RocksDBException;
  }

  // Neither a record that is damaged nor a block of the database that is fails other commands.
  private static long version(long missing, Version version, Read read) throws RocksDBException {
    try {
      byte[] record = read.record();
      return record == null ? missing : version.of(record);
    } catch (CorruptRecordException damaged) {
      LOG.debug("a record cannot be read", damaged);
    } catch (RocksDBException failed) {
      if (!DamagedRecords.isDamage(failed)) {
        throw failed;
      }
      LOG.debug("a record cannot be read", failed);
    }
    return UNREADABLE;
  }

  void changeRecord(Command.RecordChange change) throws RocksDBException {
    if (change.record().isPresent()) {
      put(Column.RECORDS, change.key(), change.record().get());
      recordVersions.put(ByteBuffer.wrap(change.key()), change.from() + 1);
    } else {
      writes.delete(db.handle(Column.RECORDS), change.key());
      recordVersions.put(ByteBuffer.wrap(change.key()), NOT_STORED);
    }
  }

  void content(Command.ContentRecord content) throws RocksDBException {
    if (content.isPresent()) {
      put(Column.CONTENTS, content.key(), content.value());
    }
  }

  void prune(PrunePlan.Gap gap) throws RocksDBException {
    for (var column : Column.PRUNED_BY_ID) {
      writes.deleteRange(db.handle(column), gap.from().bytes(), gap.to().bytes());
    }
  }

  void pruneBuckets(Column column, int before) throws RocksDBException {
    writes.deleteRange(db.handle(column), Keys.bucket(0), Keys.bucket(before));
  }

  void writeDefault(byte[] key, byte[] value) throws RocksDBException {
    put(Column.DEFAULT, key, value);
  }

  private void put(Column column, byte[] key, byte[] value) throws RocksDBException {
    writes.put(db.handle(column), key, value);
  }

  /// Writes and flushes the batch, unless it is empty.
  void commit() throws RocksDBException {
    if (writes.count() > 0) {
      db.write(writes);
      recent.stored(versions);
      recentDeliveries.stored(deliveryVersions);
    }
  }

  @Override
  public void close() {
    writes.close();
  }
}
