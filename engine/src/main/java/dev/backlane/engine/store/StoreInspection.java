package dev.backlane.engine.store;

import java.util.function.Consumer;

/// Tells what is in a store. Thread-safe; every method may block and reads only.
public interface StoreInspection {
  /// Counts everything. What changes meanwhile may be counted or not.
  StoreStats stats();

  /// Looks whether the parts of the store fit together: what each operation by itself cannot show.
  ///
  /// @param problems is told each problem, in a line that names what it is about
  void check(Consumer<String> problems);
}
