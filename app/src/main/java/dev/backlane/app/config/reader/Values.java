package dev.backlane.app.config.reader;

import dev.backlane.app.config.reader.Raw.Origin;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/// The values that were given for a group of settings; a later value replaces an earlier one. Rules
/// report their problems here. Not thread-safe.
public final class Values {
  private record Given(Optional<?> value, Raw raw) {}

  private final List<Setting<?>> settings;
  private final String path;
  private final Origin whole;
  private final Problems problems;
  private final Map<String, Given> given = new HashMap<>();

  /// @param path precedes each key in a problem; empty for the whole configuration
  /// @param whole where the group of settings was given
  Values(List<Setting<?>> settings, String path, Origin whole, Problems problems) {
    this.settings = settings;
    this.path = path;
    this.whole = whole;
    this.problems = problems;
  }

  /// Adds the values of a section; unknown keys are reported as problems.
  void put(Raw raw) {
    put(raw, "");
  }

  /// Adds the value of one setting, and reports it as a problem if it is wrong.
  <T> void put(Setting<T> setting, Raw raw) {
    given.put(
        setting.key(), new Given(setting.type().read(raw, label(setting.key()), problems), raw));
  }

  private void put(Raw raw, String section) {
    if (raw instanceof Raw.Nothing && !(section.isEmpty() && !path.isEmpty())) {
      return; // A section with all its keys commented out is valid.
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
        put(setting.get(), entry.value());
      } else if (settings.stream().anyMatch(each -> each.key().startsWith(key + "."))
          && !entry.key().contains(".")) {
        put(entry.value(), key);
      } else {
        problems.add(
            entry.origin(), label(key), "is not a known key", fixOfUnknown(entry.key(), key));
      }
    }
  }

  private String fixOfUnknown(String written, String key) {
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
    return Problems.suggestion(key, known, "remove it");
  }

  /// The value or the default; empty if there is neither or the value is wrong.
  @SuppressWarnings(
      "unchecked") // Only `put` writes, and it writes what the setting's own type has read.
  public <T> Optional<T> find(Setting<T> setting) {
    Given value = given.get(setting.key());
    return value == null ? setting.fallbackValue() : (Optional<T>) value.value();
  }

  /// The value or the default of a setting that is required or has a default.
  public <T> T get(Setting<T> setting) {
    return find(setting)
        .orElseThrow(() -> new IllegalStateException(label(setting.key()) + " has no value"));
  }

  /// The settings whose value or default is another than in an earlier reading of the same group.
  public List<Setting<?>> changedSince(Values earlier) {
    return settings.stream().filter(setting -> !isSame(setting, earlier)).toList();
  }

  private boolean isSame(Setting<?> setting, Values other) {
    Given here = given.get(setting.key());
    Given there = other.given.get(setting.key());
    // The texts are compared too, since some values have no equality.
    return here == null && there == null
        || here != null && there != null && Raw.sameContent(here.raw(), there.raw())
        || isSame(find(setting), other.find(setting));
  }

  private static boolean isSame(Optional<?> here, Optional<?> there) {
    return here.equals(there)
        || here.isPresent()
            && there.isPresent()
            && here.get() instanceof List<?> rows
            && there.get() instanceof List<?> others
            && rows.size() == others.size()
            && IntStream.range(0, rows.size())
                .allMatch(i ->
                    rows.get(i) instanceof Values row
                        && others.get(i) instanceof Values other
                        && row.changedSince(other).isEmpty());
  }

  /// The settings with a secret that the file itself contains.
  public List<Setting<?>> secretsInFile() {
    return settings.stream()
        .filter(setting -> {
          Given value = given.get(setting.key());
          return value != null
              && value.raw().origin() instanceof Origin.InFile
              && containsSecret(setting, value);
        })
        .toList();
  }

  private static boolean containsSecret(Setting<?> setting, Given given) {
    return setting.type().isSecret() && given.raw() instanceof Raw.Text(String text, Origin _)
        ? !text.isEmpty()
        : given.value().orElse(null) instanceof List<?> rows
            && rows.stream()
                .anyMatch(row -> row instanceof Values of && !of.secretsInFile().isEmpty());
  }

  /// All settings with their values as text, in the order of the documentation.
  public List<ShownValue> shown() {
    return settings.stream()
        .map(setting -> {
          Given value = given.get(setting.key());
          return value == null
              ? ShownValue.ofDefault(setting)
              : ShownValue.given(setting, value.raw());
        })
        .toList();
  }

  /// Whether a value was given, right or wrong.
  public boolean isGiven(Setting<?> setting) {
    return given.containsKey(setting.key());
  }

  /// Reports that a setting is missing, unless it was given.
  public void require(Setting<?> setting) {
    require(setting, "is not set", "");
  }

  /// Reports that a setting is missing, unless it was given.
  ///
  /// @param what `is not set`, and why it must be
  /// @param hint follows the fix
  public void require(Setting<?> setting, String what, String hint) {
    if (!isGiven(setting)) {
      problem(setting, what, "give " + setting.type().expected() + hint);
    }
  }

  /// Reports that a setting conflicts with others, if it was given.
  public void refuse(Setting<?> setting, String what, String fix) {
    if (isGiven(setting)) {
      problem(setting, what, fix);
    }
  }

  /// Reports a problem with a setting.
  public void problem(Setting<?> setting, String what, String fix) {
    problem(setting, setting, what, fix);
  }

  /// Reports a problem with one setting at the place where another was given.
  public void problem(Setting<?> setting, Setting<?> place, String what, String fix) {
    problems.add(origin(place), label(setting.key()), what, fix);
  }

  /// Reports a problem with a row of a table as a whole, at the place of one of its fields.
  public void problemOfRow(Setting<?> place, String what, String fix) {
    problems.add(origin(place), path, what, fix);
  }

  /// The place where a setting was given, as shown in problems.
  public String place(Setting<?> setting) {
    return origin(setting).toString();
  }

  /// A value that an operator wrote, quoted and shortened for a problem.
  public static String quote(String text) {
    return Problems.quote(text);
  }

  /// The place where the setting was given; if it was not, the place of its group.
  private Origin origin(Setting<?> setting) {
    Given value = given.get(setting.key());
    return value == null ? whole : value.raw().origin();
  }

  /// The name of the setting in a problem, such as `routes[0].path`.
  private String label(String key) {
    return path.isEmpty() ? key : key.isEmpty() ? path : path + "." + key;
  }
}
