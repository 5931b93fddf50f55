package dev.backlane.benchmarks.search;

import static dev.backlane.benchmarks.report.Numbers.fine;

import dev.backlane.benchmarks.report.Numbers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// How long the same call took each time.
///
/// @param millis in the order of the calls
record Times(List<Double> millis) {
  private static final double NANOS_PER_MILLI = 1e6;

  /// A call that is measured.
  ///
  /// @param <E> what it throws
  @FunctionalInterface
  interface Measured<E extends Exception> {
    void run() throws E;
  }

  static <E extends Exception> Times of(int rounds, Measured<E> call) throws E {
    var millis = new ArrayList<Double>();
    for (int round = 0; round < rounds; round++) {
      long start = System.nanoTime();
      call.run();
      millis.add((System.nanoTime() - start) / NANOS_PER_MILLI);
    }
    return new Times(millis);
  }

  double median() {
    return Numbers.median(millis);
  }

  /// The first, the median and the slowest.
  String text() {
    return String.join(
        " / ", fine(millis.getFirst()), fine(median()), fine(Collections.max(millis)));
  }
}
