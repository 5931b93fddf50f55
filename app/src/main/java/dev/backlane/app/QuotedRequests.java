package dev.backlane.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/// Drops log events of the web server below ERROR. They quote requests, which contain tokens,
/// cookies and bodies. The filter applies in addition to the configured levels, so that no level
/// lets a secret into the log. Thread-safe.
final class QuotedRequests extends TurboFilter {
  private static final String WEB_SERVER = "org.eclipse.jetty";

  /// Installs the filter. Does nothing if another implementation of SLF4J is in use.
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
