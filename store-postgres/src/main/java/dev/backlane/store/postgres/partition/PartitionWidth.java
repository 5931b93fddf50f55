package dev.backlane.store.postgres.partition;

import java.time.Duration;
import java.util.List;

/// How much time a partition covers: what is forgotten is dropped up to so much later, and there are a few dozen of them.
/// Stateless.
final class PartitionWidth {
  private static final int PARTITIONS_ABOUT = 24;

  private static final List<Duration> WIDTHS =
      List.of(Duration.ofMinutes(10), Duration.ofHours(1), Duration.ofHours(6), Duration.ofDays(1));

  private PartitionWidth() {}

  static Duration of(Duration retention) {
    var share = retention.dividedBy(PARTITIONS_ABOUT);
    for (var width : WIDTHS) {
      if (width.compareTo(share) >= 0) {
        return width;
      }
    }
    return WIDTHS.getLast();
  }
}
