package dev.backlane.app.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import dev.backlane.app.logging.Repetitions.Count;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/// Writes the log to the console, and collapses warnings and errors that repeat ([Repetitions]): a
/// store that is unavailable must not fill the disk with one line per call. Thread-safe.
public final class LogAppender extends ConsoleAppender<ILoggingEvent> {
  /// How long equal lines are counted before their number is written.
  static final Duration WINDOW = Duration.ofSeconds(10);

  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(1);

  private final Repetitions<ILoggingEvent> repetitions = new Repetitions<>(WINDOW.toNanos());
  private @Nullable ScheduledExecutorService timer;

  @Override
  public void start() {
    super.start();
    var checks =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("log-repetitions").daemon().factory());
    var _ =
        checks.scheduleWithFixedDelay(
            () -> writeCounts(repetitions.due(System.nanoTime())),
            CHECK_INTERVAL.toNanos(),
            CHECK_INTERVAL.toNanos(),
            TimeUnit.NANOSECONDS);
    timer = checks;
  }

  void format(Logging.Format format) {
    if (getEncoder() instanceof LineEncoder lines) {
      lines.format(format);
    }
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (event.getLevel().isGreaterOrEqual(Level.WARN)
        && !repetitions.isFirst(text(event), event, System.nanoTime())) {
      return;
    }
    super.append(event);
  }

  private static String text(ILoggingEvent event) {
    var failure = event.getThrowableProxy();
    return event.getLevel()
        + event.getLoggerName()
        + event.getFormattedMessage()
        + event.getKeyValuePairs()
        + (failure == null ? "" : failure.getClassName() + failure.getMessage());
  }

  private void writeCounts(List<Count<ILoggingEvent>> counts) {
    counts.forEach(count -> super.append(repeated(count)));
  }

  private static ILoggingEvent repeated(Count<ILoggingEvent> count) {
    var first = count.event();
    var line = new LoggingEvent();
    line.setLoggerName(first.getLoggerName());
    line.setLevel(first.getLevel());
    line.setThreadName(first.getThreadName());
    line.setInstant(Instant.now());
    line.setMDCPropertyMap(Map.of());
    line.setMessage(first.getFormattedMessage());
    var fields = first.getKeyValuePairs();
    if (fields != null) {
      fields.forEach(line::addKeyValuePair);
    }
    line.addKeyValuePair(new KeyValuePair("repeated", count.repeated()));
    return line;
  }

  /// Writes the numbers of repetitions that are still counted.
  void flush() {
    writeCounts(repetitions.end());
  }

  @Override
  public void stop() {
    if (timer != null) {
      timer.shutdownNow();
      timer = null;
    }
    if (isStarted()) {
      flush();
    }
    super.stop();
  }
}
