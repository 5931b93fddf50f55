package dev.backlane.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/// Which Backlane this is, and what it runs on.
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = text();
    String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    return new String[] {
      "backlane " + version + " (Java " + Runtime.version() + ", " + system + ")"
    };
  }

  /// The version alone.
  static String text() {
    var properties = new Properties();
    try (InputStream file = Version.class.getResourceAsStream("version.properties")) {
      if (file == null) {
        throw new IOException("it is not there");
      }
      properties.load(file);
    } catch (IOException broken) {
      throw new UncheckedIOException("version.properties is missing from this build", broken);
    }
    return properties.getProperty("version");
  }
}
