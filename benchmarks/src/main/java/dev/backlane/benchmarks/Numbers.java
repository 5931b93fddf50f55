package dev.backlane.benchmarks;

import java.util.List;
import java.util.Locale;

/// What measured numbers come to, and how they are shown. Stateless.
public final class Numbers {
  private static final double KIB = 1024;

  private Numbers() {}

  /// The value in the middle; of an even count, the upper one of the two.
  public static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  /// Without digits after the point.
  public static String whole(double number) {
    return String.format(Locale.ROOT, "%,.0f", number);
  }

  static String whole(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /// With two digits behind the point.
  public static String fine(double number) {
    return String.format(Locale.ROOT, "%.2f", number);
  }

  static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%,.1f MiB", bytes / KIB / KIB);
  }
}
