package dev.backlane.store.postgres.partition;

import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.store.postgres.sql.Database;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/// The partitions of all partitioned tables.
///
/// @param ended the partitions of ended deliveries
public record PartitionGroups(Partitions operations, Partitions ended, Partitions keys) {
  /// Reads the existing partitions.
  ///
  /// @param retention the retention of operations and deliveries, from which the width of new
  ///     partitions is derived
  public static PartitionGroups load(Database database, Duration retention, InstantSource clock) {
    var width = PartitionWidth.of(retention);
    var every = RetentionStep.interval(retention);
    var groups =
        new PartitionGroups(
            new Partitions(database, PartitionGroup.OPERATION, width, every, clock),
            new Partitions(database, PartitionGroup.DELIVERY, width, every, clock),
            new Partitions(database, PartitionGroup.KEY, PartitionGroup.DAY, every, clock));
    List.of(groups.operations, groups.ended, groups.keys).forEach(Partitions::reload);
    return groups;
  }
}
