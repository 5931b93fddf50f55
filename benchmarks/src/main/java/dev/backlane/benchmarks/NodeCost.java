package dev.backlane.benchmarks;

import dev.backlane.benchmarks.database.DatabaseMeter;
import dev.backlane.benchmarks.report.Numbers;
import java.time.Duration;
import java.util.List;

/// The cost of one operation from its 202 to its end.
///
/// @param statements sent to the database
/// @param walBytes bytes of WAL that the database wrote
/// @param walSyncs fsyncs of the WAL
/// @param databaseMicros CPU time of its processes
/// @param gatewayMicros CPU time of all gateways
/// @param loadMicros CPU time of the load generator and the upstream
record NodeCost(
    double statements,
    double walBytes,
    double walSyncs,
    double databaseMicros,
    double gatewayMicros,
    double loadMicros) {
  /// The totals so far.
  record Reading(DatabaseMeter.Reading database, Duration gateways, Duration load) {
    static Reading of(DatabaseMeter.Reading database, List<ServerProcess> gateways) {
      return new Reading(
          database,
          gateways.stream().map(ServerProcess::cpu).reduce(Duration.ZERO, Duration::plus),
          ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO));
    }
  }

  static NodeCost between(Reading before, Reading after, long operations) {
    var database = after.database.since(before.database);
    return new NodeCost(
        (double) database.statements() / operations,
        (double) database.walBytes() / operations,
        (double) database.walSyncs() / operations,
        Numbers.micros(database.cpu(), operations),
        Numbers.micros(after.gateways.minus(before.gateways), operations),
        Numbers.micros(after.load.minus(before.load), operations));
  }
}
