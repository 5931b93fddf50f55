package dev.backlane.benchmarks;

/// What nodes cost the database that have nothing to do.
///
/// @param cost of all of them
/// @param nodeSeconds how many of them for how long
record IdleCost(DatabaseMeter.Reading cost, double nodeSeconds) {
  static final IdleCost NONE = new IdleCost(DatabaseMeter.Reading.NOTHING, 1);

  double statementsPerSecond() {
    return cost.statements() / nodeSeconds;
  }

  double walBytesPerSecond() {
    return cost.walBytes() / nodeSeconds;
  }

  /// Of one processor.
  double cpuMillisPerSecond() {
    return cost.cpu().toNanos() / 1e6 / nodeSeconds;
  }
}
