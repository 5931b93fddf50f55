package dev.backlane.engine.store;

import java.util.List;
import java.util.function.Consumer;

/// Statistics and consistency checks of a store. Thread-safe. Every method may block, and only
/// reads.
public interface StoreInspection {
  /// Counts everything. Concurrent changes may or may not be counted.
  StoreStats stats();

  /// The nodes that share the store and whose leases have not expired, by name; none if the store
  /// has one user.
  List<StoreStats.Node> nodes();

  /// Checks that the parts of the store are consistent with each other. Reading each operation by
  /// itself does not detect such faults.
  ///
  /// @param problems receives each problem as one line that names its subject
  void check(Consumer<String> problems);
}
