package dev.backlane.benchmarks;

import dev.backlane.benchmarks.database.DatabaseMeter;

/// The cost of idle nodes for the database.
///
/// @param cost the cost of all nodes
/// @param nodeSeconds number of nodes times seconds
record IdleCost(DatabaseMeter.Reading cost, double nodeSeconds) {
  static final IdleCost NONE = new IdleCost(DatabaseMeter.Reading.NOTHING, 1);

  double statementsPerSecond() {
    return cost.statements() / nodeSeconds;
  }

  double walBytesPerSecond() {
    return cost.walBytes() / nodeSeconds;
  }

  /// Milliseconds of one processor.
  double cpuMillisPerSecond() {
    return cost.cpu().toNanos() / 1e6 / nodeSeconds;
  }
}
