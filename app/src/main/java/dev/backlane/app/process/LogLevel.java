package dev.backlane.app.process;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import org.slf4j.LoggerFactory;

/// The level of the gateway's own log messages. Stateless.
public final class LogLevel {
  private static final String OWN = "dev.backlane";

  private LogLevel() {}

  /// Sets the level. Does nothing if another implementation of SLF4J is in use.
  public static void set(String level) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.getLogger(OWN).setLevel(Level.valueOf(level));
    }
  }

  /// The level that is set.
  public static String get() {
    return LoggerFactory.getILoggerFactory() instanceof LoggerContext context
        ? context.getLogger(OWN).getEffectiveLevel().toString()
        : Level.INFO.toString();
  }
}
