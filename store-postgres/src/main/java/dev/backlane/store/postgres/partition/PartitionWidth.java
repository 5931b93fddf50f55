package dev.backlane.store.postgres.partition;

import java.time.Duration;
import java.util.List;

/// Derives the width of partitions from the retention, so that there are a few dozen partitions.
/// Pruned data is dropped up to one width later. Stateless.
final class PartitionWidth {
  private static final int PARTITIONS_TARGET = 24;

  private static final List<Duration> WIDTHS =
      List.of(
          Duration.ofMinutes(1),
          Duration.ofMinutes(10),
          Duration.ofHours(1),
          Duration.ofHours(6),
          Duration.ofDays(1));

  private PartitionWidth() {}

  static Duration of(Duration retention) {
    var share = retention.dividedBy(PARTITIONS_TARGET);
    for (var width : WIDTHS) {
      if (width.compareTo(share) >= 0) {
        return width;
      }
    }
    return WIDTHS.getLast();
  }
}
