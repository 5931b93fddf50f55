package dev.backlane.app.cli;

import dev.backlane.app.wiring.Version;
import picocli.CommandLine.IVersionProvider;

/// What `--version` prints: Backlane's version, and the Java and system that it runs on.
final class VersionText implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    return new String[] {
      "backlane " + Version.text() + " (Java " + Runtime.version() + ", " + system + ")"
    };
  }
}
