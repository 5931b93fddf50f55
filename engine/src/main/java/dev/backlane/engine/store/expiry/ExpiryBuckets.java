package dev.backlane.engine.store.expiry;

import dev.backlane.engine.operation.OperationId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/// Decides what has expired in a store of one process, at a cost that does not depend on the number
/// of operations.
///
/// Ids begin with the time of receipt. They are divided into buckets, about a hundred per
/// retention. For each bucket the latest end of its operations is recorded, in observed time
/// ([RetentionStep]), at most once per step. A bucket has expired when its latest end is past the
/// retention; it is then pruned as a range. An operation that runs for long therefore keeps its own
/// bucket, and no other.
///
/// For one thread; the store makes each returned record durable in the commit that caused it.
public final class ExpiryBuckets {
  /// The number of buckets per retention, at least.
  private static final int BUCKETS_PER_RETENTION = 64;

  private static final long WIDTH_MILLIS_MIN = 64;

  /// The width until the first step, when the retention is unknown: 1 s.
  private static final long WIDTH_MILLIS_FIRST = 1 << 10;

  /// A range of ids and the latest end in it.
  ///
  /// @param fromMillis inclusive, the time of receipt in milliseconds since 1970
  /// @param toMillis exclusive
  /// @param lastEndMillis the observed time at which an operation of the bucket last ended
  public record Bucket(long fromMillis, long toMillis, long lastEndMillis) {
    public OperationId from() {
      return OperationId.lowest(Instant.ofEpochMilli(fromMillis));
    }

    public OperationId to() {
      return OperationId.lowest(Instant.ofEpochMilli(toMillis));
    }

    private boolean contains(long millis) {
      return fromMillis <= millis && millis < toMillis;
    }
  }

  /// The progress of expiry.
  ///
  /// @param observedMillis the observed time
  /// @param widthMillis the width of new buckets
  /// @param latest the time of the last step
  /// @param prunedToMillis the end of the newest bucket that was pruned: an operation with an older
  ///     id may be missing because it was pruned, a newer one cannot
  public record Progress(
      long observedMillis, long widthMillis, Instant latest, long prunedToMillis) {
    /// Before the first step.
    public static final Progress NONE = new Progress(0, WIDTH_MILLIS_FIRST, Instant.EPOCH, 0);
  }

  private final TreeMap<Long, Bucket> buckets = new TreeMap<>();
  private Progress progress;

  /// @param stored the recorded buckets, in any order
  public ExpiryBuckets(Progress progress, List<Bucket> stored) {
    this.progress = progress;
    stored.forEach(bucket -> buckets.put(bucket.fromMillis, bucket));
  }

  /// No step and no end yet.
  public ExpiryBuckets() {
    this(Progress.NONE, List.of());
  }

  /// For a store that is filled with the ended operations of another one, whose retention begins
  /// again: with wide buckets, since they may be spread over the whole retention.
  public static ExpiryBuckets ofImport() {
    return new ExpiryBuckets(new Progress(0, 1 << 20, Instant.EPOCH, 0), List.of());
  }

  public Progress progress() {
    return progress;
  }

  /// Records an end.
  ///
  /// @return the bucket to be stored; empty if the recorded one is up to date
  public Optional<Bucket> ended(OperationId id) {
    long millis = millis(id);
    var floor = buckets.floorEntry(millis);
    if (floor == null || !floor.getValue().contains(millis)) {
      return Optional.of(put(created(millis)));
    }
    var bucket = floor.getValue();
    return bucket.lastEndMillis >= progress.observedMillis
        ? Optional.empty()
        : Optional.of(put(new Bucket(bucket.fromMillis, bucket.toMillis, progress.observedMillis)));
  }

  /// A bucket fills the gap between its neighbors, which may have another width.
  private Bucket created(long millis) {
    long from = Math.floorDiv(millis, progress.widthMillis) * progress.widthMillis;
    long to = from + progress.widthMillis;
    var before = buckets.lowerEntry(millis);
    var after = buckets.higherEntry(millis);
    return new Bucket(
        before == null ? from : Math.max(from, before.getValue().toMillis),
        after == null ? to : Math.min(to, after.getKey()),
        progress.observedMillis);
  }

  private Bucket put(Bucket bucket) {
    buckets.put(bucket.fromMillis, bucket);
    return bucket;
  }

  /// Advances the observed time. The new [#progress] is to be stored.
  ///
  /// @return the buckets that have expired, the oldest first; each is [#remove]d once it is pruned
  public List<Bucket> advance(RetentionStep step) {
    progress =
        new Progress(
            progress.observedMillis + step.elapsed().toMillis(),
            width(step.retention()),
            progress.latest.isAfter(step.now()) ? progress.latest : step.now(),
            progress.prunedToMillis);
    var expired = new ArrayList<Bucket>();
    for (var bucket : buckets.values()) {
      if (bucket.lastEndMillis + step.keptMillis() <= progress.observedMillis) {
        expired.add(bucket);
      }
    }
    return expired;
  }

  private static long width(Duration retention) {
    long share = retention.toMillis() / BUCKETS_PER_RETENTION;
    return Math.max(WIDTH_MILLIS_MIN, Long.highestOneBit(share));
  }

  /// Removes a bucket that was pruned. The new [#progress] is to be stored.
  ///
  /// @return false if an operation of the bucket has ended since it expired: its record is kept
  public boolean remove(Bucket expired) {
    progress =
        new Progress(
            progress.observedMillis,
            progress.widthMillis,
            progress.latest,
            Math.max(progress.prunedToMillis, expired.toMillis));
    return buckets.remove(expired.fromMillis, expired);
  }

  /// The start of the oldest bucket; empty if no operation has ended.
  public Optional<OperationId> oldest() {
    return Optional.ofNullable(buckets.firstEntry()).map(entry -> entry.getValue().from());
  }

  private static long millis(OperationId id) {
    return id.high() >>> 16;
  }
}
