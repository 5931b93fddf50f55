package dev.backlane.system.secrets;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A logging configuration with all loggers of a gateway at their finest level. Stateless.
final class VerboseLogging {
  private VerboseLogging() {}

  /// Options for the gateway's JVM.
  ///
  /// @param folder for the configuration files
  static String[] options(Path folder) throws IOException {
    var logback =
        Files.writeString(
            folder.resolve("logback.xml"),
            """
            <configuration>
              <appender name="STDERR" class="ch.qos.logback.core.ConsoleAppender">
                <target>System.err</target>
                <encoder><pattern>%level %logger %msg %kvp%n%ex</pattern></encoder>
              </appender>
              <root level="TRACE"><appender-ref ref="STDERR"/></root>
            </configuration>
            """);
    var javaLogging = Files.writeString(folder.resolve("logging.properties"), ".level=FINEST\n");
    return new String[] {
      "-Dlogback.configurationFile=" + logback, "-Djava.util.logging.config.file=" + javaLogging
    };
  }
}
