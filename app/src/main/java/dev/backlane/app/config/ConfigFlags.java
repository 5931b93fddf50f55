package dev.backlane.app.config;

import java.util.List;
import java.util.Optional;

/// The flags of the settings, for a command's help and parser.
public final class ConfigFlags {
  private ConfigFlags() {}

  /// One flag.
  ///
  /// @param names the short one first, where there is one; with dashes
  /// @param section `server` for `--server.port`; empty for a key of its own
  /// @param placeholder stands for the value: `N`
  /// @param description plain text
  public record Description(
      List<String> names, String section, String placeholder, String description) {}

  /// All flags in the order of the documentation.
  public static List<Description> all() {
    return Settings.ALL.stream().map(ConfigFlags::describe).toList();
  }

  private static Description describe(Setting<?> setting) {
    List<String> names =
        setting
            .shortFlag()
            .map(shortFlag -> List.of(shortFlag, setting.flag()))
            .orElseGet(() -> List.of(setting.flag()));
    Optional<String> shown = setting.fallback().filter(text -> !text.isEmpty());
    String fallback = shown.map(text -> " Default: " + text + ".").orElse("");
    return new Description(
        names, setting.section(), setting.type().placeholder(), setting.description() + fallback);
  }
}
