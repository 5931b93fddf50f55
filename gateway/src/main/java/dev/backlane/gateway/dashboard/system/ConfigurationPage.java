package dev.backlane.gateway.dashboard.system;

import dev.backlane.gateway.dashboard.page.Page;
import dev.backlane.gateway.dashboard.page.View;
import dev.backlane.gateway.dashboard.page.Visit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// `/ui/configuration`: the configuration in force. Thread-safe.
public final class ConfigurationPage implements Page {
  private final Supplier<List<Line>> lines;

  /// One setting.
  ///
  /// @param key such as `server.port`
  /// @param value as it is written in the file; masked if it is a secret; empty: there is none
  /// @param origin where it was set, such as `backlane.yaml:4:3`; empty: it is the default
  /// @param meaning of the setting
  /// @param reloadable whether a change takes effect without a restart
  public record Line(String key, String value, String origin, String meaning, boolean reloadable) {
    /// `server` for `server.port`.
    public String section() {
      return key.contains(".") ? key.substring(0, key.indexOf('.')) : key;
    }
  }

  /// @param sections the settings by section, in the order of the documentation
  /// @param onlySet whether defaults are hidden
  public record Configuration(Map<String, List<Line>> sections, boolean onlySet) {}

  /// @param lines all settings, in the order of the documentation; may change
  public ConfigurationPage(Supplier<List<Line>> lines) {
    this.lines = lines;
  }

  @Override
  public View view(Visit visit) {
    if (!visit.path().isEmpty()) {
      throw Visit.unknown();
    }
    boolean onlySet = visit.query().text("show").filter("set"::equals).isPresent();
    return View.of(
        "Configuration",
        "configuration.jte",
        new Configuration(
            lines.get().stream()
                .filter(line -> !onlySet || !line.origin().isEmpty())
                .collect(
                    Collectors.groupingBy(Line::section, LinkedHashMap::new, Collectors.toList())),
            onlySet));
  }
}
