package dev.backlane.app.config.reader;

import dev.backlane.app.config.reader.Raw.Origin;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// One setting: its key, type, default value and documentation. Immutable.
///
/// @param key the path of the setting in the file, with dots
/// @param fallback the default value, written as in the environment; empty: none
/// @param description the documentation of the setting, in plain text
/// @param shortFlag a further flag, such as `--port`
/// @param reloadable whether a change of the file takes effect at SIGHUP, without a restart
public record Setting<T>(
    String key,
    ValueType<T> type,
    Optional<String> fallback,
    String description,
    Optional<String> shortFlag,
    boolean reloadable) {

  /// A setting without a default value.
  public static <T> Setting<T> of(String key, ValueType<T> type, String description) {
    return new Setting<>(key, type, Optional.empty(), description, Optional.empty(), false);
  }

  /// The same setting with a default value, written as in the environment.
  public Setting<T> byDefault(String text) {
    return new Setting<>(key, type, Optional.of(text), description, shortFlag, reloadable);
  }

  /// The same setting with a short flag.
  public Setting<T> alsoAs(String flag) {
    return new Setting<>(key, type, fallback, description, Optional.of(flag), reloadable);
  }

  /// The same setting, whose changes take effect at SIGHUP.
  public Setting<T> reloaded() {
    return new Setting<>(key, type, fallback, description, shortFlag, true);
  }

  /// `BACKLANE_SERVER_PUBLIC_URL` for `server.public-url`.
  public String environmentName() {
    return "BACKLANE_" + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /// `--server.public-url`.
  public String flag() {
    return "--" + key;
  }

  /// All flags, the short one first.
  public List<String> flags() {
    return Stream.concat(shortFlag.stream(), Stream.of(flag())).toList();
  }

  /// The description and the default value, for the help text of a command.
  public String help() {
    Optional<String> shown = fallback.filter(text -> !text.isEmpty());
    return description + shown.map(text -> " Default: " + text + ".").orElse("");
  }

  /// `server` for `server.port`; empty for a key without a dot.
  public String section() {
    return key.contains(".") ? key.substring(0, key.indexOf('.')) : "";
  }

  /// The default value, parsed.
  Optional<T> fallbackValue() {
    Problems problems = new Problems();
    Optional<T> value =
        fallback
            .flatMap(text -> type.split(text, new Origin.Nowhere(), key, problems))
            .flatMap(raw -> type.read(raw, key, problems));
    if (!problems.isEmpty()) {
      throw new IllegalStateException("the default of " + key + " is wrong: " + problems.lines());
    }
    return value;
  }
}
