package dev.backlane.store.postgres.partition;

import dev.backlane.engine.operation.OperationId;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/// The time range of one partition of each table of a group.
///
/// @param fromMillis inclusive, since 1970
/// @param toMillis exclusive
/// @param suffix the suffix of the names of its tables
public record PartitionRange(long fromMillis, long toMillis, String suffix) {
  private static final DateTimeFormatter SUFFIX =
      DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss").withZone(ZoneOffset.UTC);

  public static PartitionRange of(long fromMillis, long toMillis) {
    return new PartitionRange(
        fromMillis, toMillis, SUFFIX.format(Instant.ofEpochMilli(fromMillis)));
  }

  boolean covers(long millis) {
    return fromMillis <= millis && millis < toMillis;
  }

  /// The name of a table's partition.
  public String table(String parent) {
    return parent + "_" + suffix;
  }

  public OperationId from() {
    return OperationId.lowest(Instant.ofEpochMilli(fromMillis));
  }

  public OperationId to() {
    return OperationId.lowest(Instant.ofEpochMilli(toMillis));
  }
}
