package dev.backlane.system.secrets;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Every logger of a gateway at its most talkative. Stateless.
final class VerboseLogging {
  private VerboseLogging() {}

  /// Options for the gateway's Java.
  ///
  /// @param folder for the files that they name
  static String[] options(Path folder) throws IOException {
    var logback =
        Files.writeString(
            folder.resolve("logback.xml"),
            """
            <configuration>
              <appender name="STDERR" class="ch.qos.logback.core.ConsoleAppender">
                <target>System.err</target>
                <encoder><pattern>%level %logger %msg%n%ex</pattern></encoder>
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
