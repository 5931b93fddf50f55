package dev.backlane.app.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator.ExecutionStatus;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;

final class LogConfiguratorTest {
  private static final String FILE = "logback.configurationFile";

  private final LoggerContext context = new LoggerContext();

  LogConfiguratorTest() {
    context.setMDCAdapter(new LogbackMDCAdapter());
  }

  @AfterEach
  void stop() {
    System.clearProperty(FILE);
    context.stop();
  }

  @ParameterizedTest
  @CsvSource({"DEBUG, DEBUG", "warn, WARN", "wrong, INFO", ", INFO"})
  void takesTheLevelOfTheEnvironment(String given, String level) {
    configure(given == null ? Map.of() : Map.of("BACKLANE_LOG_LEVEL", given));
    assertThat(context.getLogger("dev.backlane.some.Part").getEffectiveLevel()).hasToString(level);
    assertThat(context.getLogger("org.eclipse.jetty").getEffectiveLevel()).isEqualTo(Level.WARN);
  }

  @ParameterizedTest
  @CsvSource({"json, true", "JSON, true", "text, false", "wrong, false"})
  void takesTheFormatOfTheEnvironment(String given, boolean json) {
    configure(Map.of("BACKLANE_LOG_FORMAT", given));
    var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    var encoder = ((LogAppender) root.getAppender("STDERR")).getEncoder();
    assertThat(((LineEncoder) encoder).format())
        .isEqualTo(json ? Logging.Format.JSON : Logging.Format.TEXT);
  }

  @Test
  void leavesTheLogToAFileThatIsNamed() {
    System.setProperty(FILE, "/etc/backlane/logback.xml");
    assertThat(configure(Map.of())).isEqualTo(ExecutionStatus.INVOKE_NEXT_IF_ANY);
    assertThat(context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("STDERR")).isNull();
  }

  private ExecutionStatus configure(Map<String, String> environment) {
    return new LogConfigurator(environment).configure(context);
  }
}
