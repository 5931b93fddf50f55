package dev.backlane.app.config;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The values that were given for some settings; what is given later wins. For one thread.
final class Values {
  private record Given(Optional<?> value, Origin origin) {}

  private final List<Setting<?>> settings;
  private final String path;
  private final Origin whole;
  private final Map<String, Given> given = new HashMap<>();

  /// @param path before each key in a problem; empty for the whole configuration
  /// @param whole where the group of settings stands
  Values(List<Setting<?>> settings, String path, Origin whole) {
    this.settings = settings;
    this.path = path;
    this.whole = whole;
  }

  /// Takes what a section gives; keys that no setting has are problems.
  void take(Raw raw, Problems problems) {
    take(raw, "", problems);
  }

  /// Takes one value.
  <T> void take(Setting<T> setting, Raw raw, Problems problems) {
    given.put(
        setting.key(),
        new Given(setting.type().read(raw, label(setting.key()), problems), raw.origin()));
  }

  private void take(Raw raw, String section, Problems problems) {
    if (raw instanceof Raw.Nothing && !(section.isEmpty() && !path.isEmpty())) {
      return; // A section whose keys are all commented out says nothing, which is fine.
    }
    if (!(raw instanceof Raw.Mapping(List<Raw.Entry> entries, Origin _))) {
      problems.add(
          raw.origin(),
          label(section),
          "is " + raw.kind() + ", not a section of keys",
          "write keys and values");
      return;
    }
    for (Raw.Entry entry : entries) {
      String key = section.isEmpty() ? entry.key() : section + "." + entry.key();
      Optional<Setting<?>> setting =
          settings.stream().filter(each -> each.key().equals(key)).findFirst();
      if (setting.isPresent() && !entry.key().contains(".")) {
        take(setting.get(), entry.value(), problems);
      } else if (settings.stream().anyMatch(each -> each.key().startsWith(key + "."))
          && !entry.key().contains(".")) {
        take(entry.value(), key, problems);
      } else {
        problems.add(entry.origin(), label(key), "is not a known key", mend(entry.key(), key));
      }
    }
  }

  private String mend(String written, String key) {
    if (written.contains(".") && settings.stream().anyMatch(each -> each.key().equals(key))) {
      return "write the parts as nested keys, without a dot";
    }
    Set<String> known = new LinkedHashSet<>();
    for (Setting<?> setting : settings) {
      known.add(setting.key());
      if (!setting.section().isEmpty()) {
        known.add(setting.section());
      }
    }
    return Suggestion.of(key, known, "remove it");
  }

  /// The value, or the default; empty when there is neither or the value was wrong.
  @SuppressWarnings(
      "unchecked") // Only `take` writes, and it writes what the setting's own type has read.
  <T> Optional<T> find(Setting<T> setting) {
    Given value = given.get(setting.key());
    return value == null ? setting.fallbackValue() : (Optional<T>) value.value();
  }

  /// The value of a setting that has been found to be there.
  <T> T get(Setting<T> setting) {
    return find(setting)
        .orElseThrow(() -> new IllegalStateException(label(setting.key()) + " has no value"));
  }

  /// Whether it was given, be it wrong.
  boolean isGiven(Setting<?> setting) {
    return given.containsKey(setting.key());
  }

  /// Where it was given, else where the group stands.
  Origin origin(Setting<?> setting) {
    Given value = given.get(setting.key());
    return value == null ? whole : value.origin();
  }

  /// Its name in a problem: `routes[0].path`.
  String label(String key) {
    return path.isEmpty() ? key : key.isEmpty() ? path : path + "." + key;
  }
}
