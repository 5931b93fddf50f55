package dev.backlane.store.postgres.partition;

import dev.backlane.store.postgres.sql.Database;
import java.time.Duration;
import java.util.List;

/// The partitions of all partitioned tables.
///
/// @param ended the partitions of ended deliveries
public record PartitionGroups(Partitions operations, Partitions ended, Partitions keys) {
  /// Reads the existing partitions.
  ///
  /// @param retention the retention of operations and deliveries, from which the width of new
  ///     partitions is derived
  public static PartitionGroups load(Database database, Duration retention) {
    var width = PartitionWidth.of(retention);
    var groups =
        new PartitionGroups(
            new Partitions(database, PartitionGroup.OPERATION, width),
            new Partitions(database, PartitionGroup.DELIVERY, width),
            new Partitions(database, PartitionGroup.KEY, PartitionGroup.DAY));
    List.of(groups.operations, groups.ended, groups.keys).forEach(Partitions::reload);
    return groups;
  }
}
