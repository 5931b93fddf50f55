package dev.backlane.gateway.telemetry;

import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.stream.DoubleStream;

/// The upper bounds of the buckets of histograms. Stateless.
final class Buckets {
  private static final double NANOS_PER_SECOND = 1e9;

  /// Those that OpenTelemetry recommends for `http.server.request.duration`.
  private static final Duration[] REQUEST =
      seconds(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10);

  /// For what takes from milliseconds to a day.
  private static final Duration[] LONG =
      seconds(
          0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 240, 900, 3_600, 14_400, 86_400);

  /// For a commit: an fsync or a statement.
  private static final Duration[] COMMIT =
      seconds(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5);

  private Buckets() {}

  private static Duration[] seconds(double... bounds) {
    return DoubleStream.of(bounds)
        .mapToObj(bound -> Duration.ofNanos(Math.round(bound * NANOS_PER_SECOND)))
        .toArray(Duration[]::new);
  }

  /// A histogram of requests.
  static Timer.Builder ofRequests(String name) {
    return Timer.builder(name).serviceLevelObjectives(REQUEST);
  }

  /// A histogram of what may take hours.
  static Timer.Builder ofLongWork(String name) {
    return Timer.builder(name).serviceLevelObjectives(LONG);
  }

  /// A histogram of commits.
  static Timer.Builder ofCommits(String name) {
    return Timer.builder(name).serviceLevelObjectives(COMMIT);
  }
}
