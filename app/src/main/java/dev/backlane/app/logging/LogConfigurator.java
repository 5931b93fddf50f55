package dev.backlane.app.logging;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.core.spi.ContextAwareBase;
import ch.qos.logback.core.status.NopStatusListener;
import java.util.Map;
import org.slf4j.Logger;

/// Configures Logback: one line per event on the standard error, whatever it contains. A stack
/// trace is folded with ` | `, so that lines can be counted, searched and shipped, and no client
/// can forge one. Warnings and errors that repeat are collapsed. Libraries log from `WARN`.
/// Stateless.
///
/// In Java, since Logback needs a noticeable part of the start to read a file of XML. Such a file
/// may still be named, by the system property `logback.configurationFile`.
public final class LogConfigurator extends ContextAwareBase implements Configurator {
  private static final String FILE_PROPERTY = "logback.configurationFile";
  private static final String LEVEL_VARIABLE = "BACKLANE_LOG_LEVEL";
  private static final String FORMAT_VARIABLE = "BACKLANE_LOG_FORMAT";
  private static final String PATTERN =
      "%d{\"yyyy-MM-dd'T'HH:mm:ss.SSS'Z'\", UTC} %-5level %logger{0} -"
          + " %replace(%msg%replace( %kvp){'^\\s+$',''}%replace(%n%ex){'^\\s+$',''})"
          + "{'\\s*[\\r\\n]+\\s*',' | '}%nopex%n";

  private final Map<String, String> environment;

  /// For Logback, which finds this class as a service.
  public LogConfigurator() {
    this(System.getenv());
  }

  /// @param environment the level and the format until the configuration is read, which reports
  ///     wrong ones
  LogConfigurator(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    if (System.getProperty(FILE_PROPERTY) != null) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY;
    }
    context.getStatusManager().add(new NopStatusListener());
    var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.WARN);
    root.addAppender(appender(context));
    context
        .getLogger(Logging.OWN)
        .setLevel(Level.toLevel(environment.get(LEVEL_VARIABLE), Level.INFO));
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  private LogAppender appender(LoggerContext context) {
    var encoder = new LineEncoder();
    encoder.setContext(context);
    encoder.setCharset(UTF_8);
    encoder.setPattern(PATTERN);
    Logging.Format.named(environment.getOrDefault(FORMAT_VARIABLE, "")).ifPresent(encoder::format);
    encoder.start();
    var appender = new LogAppender();
    appender.setContext(context);
    appender.setName("STDERR");
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.start();
    return appender;
  }
}
