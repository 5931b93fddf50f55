package dev.backlane.benchmarks;

import java.util.List;
import java.util.Locale;

/// Medians and the format of numbers. Stateless.
final class Numbers {
  private static final double KIB = 1024;

  private Numbers() {}

  /// The median; of an even count, the upper one of the two middle values.
  static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  static String whole(double number) {
    return String.format(Locale.ROOT, "%,.0f", number);
  }

  static String whole(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /// Formats with two decimal places.
  static String fine(double number) {
    return String.format(Locale.ROOT, "%.2f", number);
  }

  static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%,.1f MiB", bytes / KIB / KIB);
  }
}
