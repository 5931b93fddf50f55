package dev.backlane.app.cli.usage;

import dev.backlane.app.wiring.Version;
import picocli.CommandLine.IVersionProvider;

/// The output of `--version`: the versions of Backlane and Java, and the operating system.
public final class VersionText implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    return new String[] {
      "backlane " + Version.text() + " (Java " + Runtime.version() + ", " + system + ")"
    };
  }
}
