package dev.backlane.store.rocksdb.search;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.queue.ReadyQueue;
import java.util.NavigableSet;

/// The ids of unfinished operations that operators look for and that may be few among many waiting
/// ones. An id may be stale. The sets are concurrent.
public interface UnfinishedIds {
  /// The operations that are running.
  NavigableSet<OperationId> running();

  /// The operations that wait for another attempt.
  NavigableSet<OperationId> retrying();

  /// The operations that are held.
  NavigableSet<OperationId> held();

  /// The queue of the waiting operations.
  ReadyQueue ready();
}
