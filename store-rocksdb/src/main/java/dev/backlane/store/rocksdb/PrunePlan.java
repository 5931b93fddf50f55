package dev.backlane.store.rocksdb;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.expiry.ExpiryBuckets.Bucket;
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.DamagedRecords;
import dev.backlane.store.rocksdb.database.OpenDatabase;
import java.util.ArrayList;
import java.util.List;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/// The ranges of ids that a sweep prunes: those of expired buckets, between operations that have
/// not ended.
///
/// @param planned the expired buckets that the gaps cover completely
/// @param oldestActive the oldest operation that has not ended, or the end of the newest expired
///     bucket if that is lower
/// @param gaps the ranges that contain operations, in ascending order
record PrunePlan(List<Bucket> planned, OperationId oldestActive, List<Gap> gaps) {
  /// The maximum number of ranges per sweep, 1,000: each leaves a tombstone that reads must skip
  /// until it is compacted. The next sweep prunes the rest.
  static final int GAPS_MAX = 1_000;

  /// A range of ids without an unfinished operation.
  ///
  /// @param from inclusive
  /// @param to exclusive
  record Gap(OperationId from, OperationId to) {
    boolean contains(OperationId id) {
      return id.compareTo(from) >= 0 && id.compareTo(to) < 0;
    }
  }

  /// @param expired not empty, the oldest first
  static PrunePlan make(OpenDatabase db, List<Bucket> expired) throws RocksDBException {
    var gaps = new ArrayList<Gap>();
    var planned = new ArrayList<Bucket>();
    try (var active = db.iterator(Column.ACTIVE);
        var calls = db.iterator(Column.CALLS)) {
      active.seekToFirst();
      var newest = expired.getLast().to();
      var oldest = active.isValid() ? OperationId.of(active.key()) : newest;
      if (damaged(active)) {
        // What is active is unknown there, so nothing that depends on its age is pruned.
        oldest = expired.getFirst().from();
      }
      for (var bucket : expired) {
        if (gaps.size() >= GAPS_MAX) {
          break;
        }
        if (addGaps(gaps, bucket, active, calls)) {
          planned.add(bucket);
        }
      }
      return new PrunePlan(planned, oldest.compareTo(newest) < 0 ? oldest : newest, gaps);
    }
  }

  /// @return whether all gaps of the bucket were added; none are if the active operations of the
  ///     bucket cannot be read
  private static boolean addGaps(
      List<Gap> gaps, Bucket bucket, RocksIterator active, RocksIterator calls)
      throws RocksDBException {
    int before = gaps.size();
    var from = bucket.from();
    for (active.seek(from.bytes()); active.isValid() && gaps.size() < GAPS_MAX; active.next()) {
      var survivor = OperationId.of(active.key());
      if (survivor.compareTo(bucket.to()) >= 0) {
        break;
      }
      addGap(gaps, new Gap(from, survivor), calls);
      from = survivor.next();
    }
    if (damaged(active)) {
      gaps.subList(before, gaps.size()).clear();
      return false;
    }
    if (gaps.size() >= GAPS_MAX) {
      return false;
    }
    addGap(gaps, new Gap(from, bucket.to()), calls);
    return true;
  }

  private static void addGap(List<Gap> gaps, Gap gap, RocksIterator calls) throws RocksDBException {
    calls.seek(gap.from().bytes());
    // What cannot be read has expired too.
    if (damaged(calls) || calls.isValid() && gap.contains(OperationId.of(calls.key()))) {
      gaps.add(gap);
    }
  }

  private static boolean damaged(RocksIterator rows) throws RocksDBException {
    try {
      rows.status();
      return false;
    } catch (RocksDBException failed) {
      if (!DamagedRecords.isDamage(failed)) {
        throw failed;
      }
      return true;
    }
  }

  /// The bounds of gaps in the form of RocksDB: from, to, from, to.
  static List<byte[]> bounds(List<Gap> gaps) {
    var bounds = new ArrayList<byte[]>(gaps.size() * 2);
    for (var gap : gaps) {
      bounds.add(gap.from().bytes());
      bounds.add(gap.to().bytes());
    }
    return bounds;
  }
}
