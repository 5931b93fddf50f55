package dev.backlane.benchmarks;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The CPU time of one exchange of each scenario as it was recorded for this version, as a multiple
/// of that of the HTTP server alone in the same run, so that the speed of the machine cancels out.
/// Immutable.
final class RecordedCosts {
  private static final String FILE = "recorded-costs.properties";

  private final Map<Scenario, Double> multiples;

  RecordedCosts(Map<Scenario, Double> multiples) {
    this.multiples = new EnumMap<>(multiples);
  }

  /// Reads the recorded values, one for each scenario of a quick run that has a ceiling.
  ///
  /// @throws IllegalStateException if one is missing or is not a number
  static RecordedCosts load() throws IOException {
    var stored = new Properties();
    try (var file = RecordedCosts.class.getResourceAsStream(FILE)) {
      if (file == null) {
        throw new IllegalStateException(FILE + " is missing");
      }
      stored.load(file);
    }
    var multiples = new EnumMap<Scenario, Double>(Scenario.class);
    for (var scenario : Scenario.QUICK) {
      if (scenario != Scenario.BARE) {
        multiples.put(scenario, number(scenario, stored.getProperty(scenario.name())));
      }
    }
    return new RecordedCosts(multiples);
  }

  private static double number(Scenario scenario, @Nullable String text) {
    if (text == null || !text.matches("[0-9]+(\\.[0-9]+)?")) {
      throw new IllegalStateException(
          FILE + " needs a number for " + scenario.name() + ", and has " + text);
    }
    return Double.parseDouble(text);
  }

  /// The scenarios with a recorded cost.
  Set<Scenario> scenarios() {
    return multiples.keySet();
  }

  /// The recorded cost of a scenario.
  double multiple(Scenario scenario) {
    var multiple = multiples.get(scenario);
    if (multiple == null) {
      throw new IllegalArgumentException("nothing is recorded for " + scenario);
    }
    return multiple;
  }
}
