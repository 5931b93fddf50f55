package dev.backlane.benchmarks.report;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/// Medians and the format of numbers. Stateless.
public final class Numbers {
  private static final double KIB = 1024;
  private static final double NANOS_PER_MICRO = 1e3;
  private static final double NANOS_PER_MILLI = 1e6;

  private Numbers() {}

  /// The median; of an even count, the upper one of the two middle values.
  public static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  /// A time for each of a number of calls, in microseconds.
  public static double micros(Duration time, long calls) {
    return time.toNanos() / NANOS_PER_MICRO / calls;
  }

  public static String whole(double number) {
    return String.format(Locale.ROOT, "%,.0f", number);
  }

  public static String whole(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /// Formats with two decimal places.
  public static String fine(double number) {
    return String.format(Locale.ROOT, "%.2f", number);
  }

  /// Formats a time as milliseconds with two decimal places.
  public static String millis(long nanos) {
    return fine(nanos / NANOS_PER_MILLI);
  }

  public static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%,.1f MiB", bytes / KIB / KIB);
  }
}
