package dev.backlane.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The durations of calls by name. Thread-safe.
final class Latencies {
  private static final double NANOS_PER_MICRO = 1e3;

  private final Map<String, List<Long>> nanos = new LinkedHashMap<>();

  /// Makes a call and records its duration.
  void of(String name, Runnable call) {
    long start = System.nanoTime();
    call.run();
    record(name, System.nanoTime() - start);
  }

  synchronized void record(String name, long took) {
    nanos.computeIfAbsent(name, _ -> new ArrayList<>()).add(took);
  }

  /// Discards all durations.
  synchronized void clear() {
    nanos.clear();
  }

  /// The names in the order of their first calls.
  synchronized Set<String> names() {
    return new LinkedHashSet<>(nanos.keySet());
  }

  /// The durations of the calls of a name, in microseconds.
  ///
  /// @param p99 the 99th percentile
  record Summary(double mean, double p50, double p99) {}

  synchronized Summary summary(String name) {
    long[] sorted =
        nanos.getOrDefault(name, List.of()).stream().mapToLong(Long::longValue).sorted().toArray();
    if (sorted.length == 0) {
      throw new IllegalArgumentException("no call of " + name);
    }
    return new Summary(
        Arrays.stream(sorted).average().orElseThrow() / NANOS_PER_MICRO,
        rank(sorted, 50),
        rank(sorted, 99));
  }

  /// The percentile by nearest rank: the smallest value that `percent` of the values do not exceed.
  private static double rank(long[] sorted, int percent) {
    return sorted[Math.ceilDiv(sorted.length * percent, 100) - 1] / NANOS_PER_MICRO;
  }
}
