package dev.backlane.app;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/// Which Backlane this is, and what it runs on.
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() throws IOException {
    Properties properties = new Properties();
    try (InputStream file = Version.class.getResourceAsStream("version.properties")) {
      if (file == null) {
        throw new IOException("version.properties is missing from this build");
      }
      properties.load(file);
    }
    String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    return new String[] {
      "backlane "
          + properties.getProperty("version")
          + " (Java "
          + Runtime.version()
          + ", "
          + system
          + ")"
    };
  }
}
