package dev.backlane.app.wiring;

import dev.backlane.app.config.sections.Config;

/// The configuration in force. Parts that can change while the process runs read their settings
/// from it for each decision; all others read the configuration of the start. Thread-safe.
final class LiveConfig {
  private volatile Config present;

  LiveConfig(Config present) {
    this.present = present;
  }

  /// The configuration in force.
  Config get() {
    return present;
  }

  /// Puts another configuration in force, with all its reloadable settings at the same moment.
  void replace(Config next) {
    present = next;
  }
}
