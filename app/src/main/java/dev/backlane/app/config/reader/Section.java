package dev.backlane.app.config.reader;

import java.util.ArrayList;
import java.util.List;

/// A group of settings with a heading in docs/configuration.md. A section is a constant of the
/// class that declares its settings: it is filled while that class is initialized and not changed
/// afterwards.
public final class Section {
  private final String description;
  private final List<Setting<?>> settings = new ArrayList<>();

  private Section(String description) {
    this.description = description;
  }

  /// @param description one sentence below the heading
  public static Section of(String description) {
    return new Section(description);
  }

  /// Further settings below the heading of the section before it, or settings with a key of their
  /// own.
  public static Section withoutHeading() {
    return new Section("");
  }

  /// Declares a setting. Settings are documented in the order of their declaration.
  public <T> Setting<T> add(Setting<T> setting) {
    settings.add(setting);
    return setting;
  }

  String description() {
    return description;
  }

  /// All settings, in the order of their declaration.
  public List<Setting<?>> settings() {
    return List.copyOf(settings);
  }
}
