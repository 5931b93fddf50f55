package dev.backlane.gateway.telemetry;

import io.micrometer.core.instrument.distribution.CountAtBucket;
import io.micrometer.core.instrument.distribution.HistogramSnapshot;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// How many durations were recorded up to each bound of a histogram. Immutable.
public final class Durations {
  /// No duration.
  public static final Durations NONE = new Durations(new long[0], new long[0], 0);

  private final long[] boundsNanos;
  private final long[] counts;
  private final long total;

  /// @param boundsNanos ascending
  /// @param counts for each bound, how many durations are at most as long
  /// @param total of all durations, including those above the last bound
  private Durations(long[] boundsNanos, long[] counts, long total) {
    this.boundsNanos = boundsNanos;
    this.counts = counts;
    this.total = total;
  }

  /// An estimate of a percentile.
  ///
  /// @param duration the estimate
  /// @param beyond whether the percentile is above the last bound, which `duration` is then
  public record Percentile(Duration duration, boolean beyond) {}

  /// @param counts for each of the bounds, how many durations are at most as long
  static Durations of(List<Duration> bounds, List<Long> counts, long total) {
    return new Durations(
        bounds.stream().mapToLong(Duration::toNanos).toArray(),
        counts.stream().mapToLong(Long::longValue).toArray(),
        total);
  }

  static Durations of(HistogramSnapshot snapshot) {
    CountAtBucket[] buckets = snapshot.histogramCounts();
    return new Durations(
        Arrays.stream(buckets).mapToLong(each -> (long) each.bucket()).toArray(),
        Arrays.stream(buckets).mapToLong(each -> (long) each.count()).toArray(),
        snapshot.count());
  }

  /// How many durations there are.
  public long total() {
    return total;
  }

  /// These and others, of a histogram with the same bounds.
  Durations plus(Durations others) {
    return combined(others, 1);
  }

  /// Those that were recorded after an earlier state of the same histogram.
  Durations since(Durations before) {
    return combined(before, -1);
  }

  private Durations combined(Durations others, int sign) {
    if (others.boundsNanos.length == 0) {
      return this;
    }
    if (boundsNanos.length == 0) {
      return others;
    }
    if (!Arrays.equals(boundsNanos, others.boundsNanos)) {
      throw new IllegalStateException("histograms with different bounds cannot be combined");
    }
    var sums = new long[counts.length];
    for (int i = 0; i < sums.length; i++) {
      sums[i] = counts[i] + sign * others.counts[i];
    }
    return new Durations(boundsNanos, sums, total + sign * others.total);
  }

  /// The duration that a share of all durations do not exceed, interpolated within its bucket as
  /// `histogram_quantile` of Prometheus does it; empty if there is no duration.
  ///
  /// @param share from 0 to 1, such as 0.95
  public Optional<Percentile> percentile(double share) {
    if (total <= 0 || boundsNanos.length == 0) {
      return Optional.empty();
    }
    double rank = share * total;
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] >= rank) {
        return Optional.of(new Percentile(Duration.ofNanos(within(i, rank)), false));
      }
    }
    return Optional.of(new Percentile(Duration.ofNanos(boundsNanos[counts.length - 1]), true));
  }

  private long within(int bucket, double rank) {
    long lower = bucket == 0 ? 0 : boundsNanos[bucket - 1];
    long below = bucket == 0 ? 0 : counts[bucket - 1];
    long inside = counts[bucket] - below;
    double part = inside == 0 ? 1 : (rank - below) / inside;
    return lower + Math.round((boundsNanos[bucket] - lower) * part);
  }
}
