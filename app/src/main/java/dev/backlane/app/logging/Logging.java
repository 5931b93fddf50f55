package dev.backlane.app.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The log of the process. Does nothing if another implementation of SLF4J is in use. Stateless.
public final class Logging {
  /// The name above the names of all own loggers.
  static final String OWN = "dev.backlane";

  private Logging() {}

  /// How a line is written.
  public enum Format {
    /// For people: time, level, source, message, and the fields as `name="value"`.
    TEXT,
    /// For programs: one JSON object.
    JSON;

    /// The format of a name, in either case; empty if there is none.
    public static Optional<Format> named(String name) {
      return Arrays.stream(values()).filter(each -> each.name().equalsIgnoreCase(name)).findAny();
    }
  }

  /// Sets the level of the gateway's own messages, and the format of all. A configuration of
  /// Logback that an operator has supplied keeps its format.
  public static void configure(String level, Format format) {
    level(level);
    appenders(own -> own.format(format));
  }

  /// Sets the level of the gateway's own messages.
  public static void level(String level) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.getLogger(OWN).setLevel(Level.valueOf(level));
    }
  }

  /// Writes what is still counted: the process is about to end.
  public static void flush() {
    appenders(LogAppender::flush);
  }

  private static void appenders(Consumer<LogAppender> action) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context
          .getLogger(Logger.ROOT_LOGGER_NAME)
          .iteratorForAppenders()
          .forEachRemaining(appender -> {
            if (appender instanceof LogAppender own) {
              action.accept(own);
            }
          });
    }
  }

  /// The level that is set.
  public static String level() {
    return LoggerFactory.getILoggerFactory() instanceof LoggerContext context
        ? context.getLogger(OWN).getEffectiveLevel().toString()
        : Level.INFO.toString();
  }
}
