package dev.backlane.app.config;

import java.util.Locale;
import java.util.Optional;

/// One line of the catalogue: everything that is known about a key.
///
/// @param key its path in the file, with dots
/// @param fallback the default, written as in the environment; empty: none
/// @param description what it is for, as one or two sentences of plain text
/// @param shortFlag besides the long one, such as `--port`
record Setting<T>(
    String key,
    ValueType<T> type,
    Optional<String> fallback,
    String description,
    Optional<String> shortFlag) {

  static <T> Setting<T> of(String key, ValueType<T> type, String description) {
    return new Setting<>(key, type, Optional.empty(), description, Optional.empty());
  }

  Setting<T> byDefault(String text) {
    return new Setting<>(key, type, Optional.of(text), description, shortFlag);
  }

  Setting<T> alsoAs(String flag) {
    return new Setting<>(key, type, fallback, description, Optional.of(flag));
  }

  /// `BACKLANE_SERVER_PUBLIC_URL` for `server.public-url`.
  String environmentName() {
    return "BACKLANE_" + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /// `--server.public-url`.
  String flag() {
    return "--" + key;
  }

  /// `server` for `server.port`; empty for a key of its own.
  String section() {
    return key.contains(".") ? key.substring(0, key.indexOf('.')) : "";
  }

  /// The default, understood.
  Optional<T> fallbackValue() {
    Problems problems = new Problems();
    Optional<T> value =
        fallback
            .flatMap(text -> type.split(text, new Origin.Nowhere(), key, problems))
            .flatMap(raw -> type.read(raw, key, problems));
    if (!problems.isEmpty()) {
      throw new IllegalStateException("the default of " + key + " is wrong: " + problems.all());
    }
    return value;
  }
}
