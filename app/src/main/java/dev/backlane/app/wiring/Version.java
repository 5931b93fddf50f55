package dev.backlane.app.wiring;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/// The version of Backlane. Stateless.
public final class Version {
  private static final String FILE = "/dev/backlane/app/version.properties";

  private Version() {}

  /// The version, such as `0.1.0`.
  public static String text() {
    var properties = new Properties();
    try (InputStream file = Version.class.getResourceAsStream(FILE)) {
      if (file == null) {
        throw new IOException("no such resource");
      }
      properties.load(file);
    } catch (IOException broken) {
      throw new UncheckedIOException("version.properties is missing from this build", broken);
    }
    return properties.getProperty("version");
  }
}
