package dev.backlane.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/// Drops log events that quote requests, and with them tokens, cookies and bodies: those of the web
/// server below ERROR. It applies whatever the configuration of the log says, so that no level can
/// bring a secret into the log. Thread-safe.
final class QuotedRequests extends TurboFilter {
  private static final String WEB_SERVER = "org.eclipse.jetty";

  /// Drops them from now on. Does nothing if another implementation of SLF4J is in use.
  static void drop() {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      var filter = new QuotedRequests();
      filter.setContext(context);
      filter.start();
      context.addTurboFilter(filter);
    }
  }

  @Override
  public FilterReply decide(
      @Nullable Marker marker,
      Logger logger,
      Level level,
      @Nullable String format,
      Object @Nullable [] parameters,
      @Nullable Throwable cause) {
    return logger.getName().startsWith(WEB_SERVER) && !level.isGreaterOrEqual(Level.ERROR)
        ? FilterReply.DENY
        : FilterReply.NEUTRAL;
  }
}
