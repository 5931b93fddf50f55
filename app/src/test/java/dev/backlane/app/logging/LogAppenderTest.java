package dev.backlane.app.logging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import dev.backlane.protocol.Json;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

/// The lines that the configuration of the program writes.
final class LogAppenderTest {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final LoggerContext context = new LoggerContext();
  private PrintStream err;
  private LogAppender appender;
  private Logger log;

  @BeforeEach
  void configure() {
    err = System.err;
    System.setErr(new PrintStream(written, true, UTF_8));
    context.setMDCAdapter(new LogbackMDCAdapter());
    new LogConfigurator(Map.of()).configure(context);
    appender = (LogAppender) context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("STDERR");
    log = context.getLogger("dev.backlane.some.Part");
  }

  @AfterEach
  void restore() {
    context.stop();
    System.setErr(err);
  }

  @Test
  void writesFieldsBehindTheMessage() {
    log.atInfo().addKeyValue("tenant", "nordlys").addKeyValue("attempt", 2).log("Operation failed");
    log.info("without fields");
    assertThat(lines())
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .endsWith("INFO  Part - Operation failed tenant=\"nordlys\" attempt=\"2\""),
            line -> assertThat(line).endsWith("INFO  Part - without fields"));
  }

  @Test
  void writesOneLineWhateverAFieldContains() {
    log.atWarn().addKeyValue("reason", "a\n2026-11-24T00:00:00.000Z ERROR forged").log("b\r\nc");
    log.error("failed", new IllegalStateException("why\nso"));
    assertThat(lines()).hasSize(2);
    appender.format(Logging.Format.JSON);
    log.atWarn().addKeyValue("reason", "d\nforged").log("e\r\nf");
    assertThat(lines()).hasSize(3);
  }

  @Test
  void writesJsonObjects() {
    appender.format(Logging.Format.JSON);
    log.atInfo()
        .addKeyValue("tenant", "a \"b\"")
        .addKeyValue("attempt", 2)
        .addKeyValue("level", "cannot replace what each line has")
        .log("Operation {}", "failed");
    log.error("broken", new IllegalStateException("why"));

    var lines = lines();
    assertThat(object(lines.get(0)))
        .containsEntry("level", "INFO")
        .containsEntry("logger", "Part")
        .containsEntry("message", "Operation failed")
        .containsEntry("tenant", "a \"b\"")
        .containsEntry("attempt", 2);
    assertThat(object(lines.get(0)))
        .extractingByKey("timestamp")
        .asString()
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
    assertThat(object(lines.get(1)))
        .extractingByKey("error")
        .asString()
        .contains("IllegalStateException: why", "LogAppenderTest");
  }

  @Test
  void collapsesWarningsThatRepeat() {
    for (int i = 0; i < 1_000; i++) {
      log.warn("The store is unavailable: {}", "refused");
      log.error("failed", new IllegalStateException("why"));
      log.info("information is never collapsed");
    }
    log.atWarn().addKeyValue("receiver", "a").log("paused");
    log.atWarn().addKeyValue("receiver", "b").log("paused");
    assertThat(lines().stream().filter(line -> !line.contains(" INFO "))).hasSize(4);

    appender.flush();
    assertThat(lines())
        .filteredOn(line -> line.contains("repeated="))
        .satisfiesExactly(
            line -> assertThat(line).endsWith("unavailable: refused repeated=\"999\""),
            line -> assertThat(line).endsWith("failed repeated=\"999\""));
  }

  private List<String> lines() {
    return written.toString(UTF_8).lines().toList();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(String line) {
    return Json.read(line.getBytes(UTF_8), Map.class);
  }
}
