package dev.backlane.benchmarks.trial;

import java.util.List;
import java.util.Map;

/// The servers that can be compared, the first of which the ratios of load refer to. An adapter
/// is added here, and nowhere else in the trial.
final class Servers {
  private static final List<Map.Entry<String, TrialListener.Opener>> ALL = List.of();

  private Servers() {}

  static List<String> names() {
    return ALL.stream().map(Map.Entry::getKey).toList();
  }

  static TrialListener.Opener named(String name) {
    return ALL.stream()
        .filter(server -> server.getKey().equals(name))
        .findFirst()
        .map(Map.Entry::getValue)
        .orElseThrow(
            () -> new IllegalArgumentException("no server " + name + "; there are " + names()));
  }
}
