package dev.backlane.app.config.reader;

import java.util.ArrayList;
import java.util.List;

/// A group of settings with a heading in docs/configuration.md. A section is a constant of the
/// class that declares its settings. Settings are added only while that class is initialized.
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

  /// A section without a heading: its settings continue the section before it, or are headings
  /// themselves.
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
