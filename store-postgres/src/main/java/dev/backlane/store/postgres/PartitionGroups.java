package dev.backlane.store.postgres;

/// The partitions of every family.
///
/// @param ended of deliveries
record PartitionGroups(Partitions operations, Partitions ended, Partitions keys) {}
