package dev.backlane.app.config;

import java.util.ArrayList;
import java.util.List;

/// Collects problems, so that an operator sees all of them at once. For one thread.
final class Problems {
  private final List<Problem> found = new ArrayList<>();

  void add(Origin origin, String key, String what, String mend) {
    found.add(new Problem(origin, key, what, mend));
  }

  boolean isEmpty() {
    return found.isEmpty();
  }

  /// In reading order.
  List<Problem> all() {
    return found.stream().sorted(Problem.IN_READING_ORDER).toList();
  }
}
