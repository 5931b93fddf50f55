package dev.backlane.store.rocksdb;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.Keys;
import dev.backlane.store.rocksdb.database.OpenDatabase;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/// The ranges of ids that a sweep prunes: those between operations that have not ended.
///
/// @param cutoff exclusive upper bound of the ids that are pruned
/// @param oldestSurvivor the oldest operation that has not ended, if it is older than the cutoff
/// @param gaps the ranges that contain operations, in ascending order
record PrunePlan(OperationId cutoff, Optional<OperationId> oldestSurvivor, List<Gap> gaps) {
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

  static PrunePlan make(OpenDatabase db, OperationId cutoff) throws RocksDBException {
    var gaps = new ArrayList<Gap>();
    Optional<OperationId> oldest = Optional.empty();
    try (var survivors = db.iterator(Column.ACTIVE);
        var calls = db.iterator(Column.CALLS)) {
      var from = new OperationId(0, 0);
      for (survivors.seekToFirst();
          survivors.isValid() && gaps.size() < GAPS_MAX;
          survivors.next()) {
        var survivor = OperationId.of(survivors.key());
        if (survivor.compareTo(cutoff) >= 0) {
          break;
        }
        oldest = oldest.or(() -> Optional.of(survivor));
        addGap(gaps, new Gap(from, survivor), calls);
        from = after(survivor);
      }
      survivors.status();
      if (gaps.size() < GAPS_MAX) {
        addGap(gaps, new Gap(from, cutoff), calls);
      }
    }
    return new PrunePlan(cutoff, oldest, gaps);
  }

  private static void addGap(List<Gap> gaps, Gap gap, RocksIterator calls) throws RocksDBException {
    calls.seek(gap.from().bytes());
    calls.status();
    if (calls.isValid() && gap.contains(OperationId.of(calls.key()))) {
      gaps.add(gap);
    }
  }

  private static OperationId after(OperationId id) {
    long low = id.low() + 1;
    return new OperationId(low == 0 ? id.high() + 1 : id.high(), low);
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

  /// The bounds of all buckets lower than `number`.
  static List<byte[]> bucketsBefore(int number) {
    return List.of(ByteBuffer.allocate(Keys.BUCKET_BYTES).array(), Keys.bucket(number));
  }
}
