package dev.backlane.app.logging;

import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import dev.backlane.protocol.Json;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// Writes each event as one line: by a pattern, or as a JSON object with `timestamp`, `level`,
/// `logger` and `message`, the fields of the event, and `error` with the stack trace. Thread-safe.
public final class LineEncoder extends PatternLayoutEncoder {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private volatile Logging.Format format = Logging.Format.TEXT;

  void format(Logging.Format next) {
    format = next;
  }

  Logging.Format format() {
    return format;
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    return format == Logging.Format.JSON ? json(event) : super.encode(event);
  }

  private static byte[] json(ILoggingEvent event) {
    var line = new LinkedHashMap<String, Object>();
    line.put("timestamp", TIME.format(event.getInstant()));
    line.put("level", event.getLevel().toString());
    var logger = event.getLoggerName();
    line.put("logger", logger.substring(logger.lastIndexOf('.') + 1));
    line.put("message", event.getFormattedMessage());
    addFields(event, line);
    var failure = event.getThrowableProxy();
    if (failure != null) {
      line.put("error", ThrowableProxyUtil.asString(failure));
    }
    byte[] object = Json.bytes(line);
    byte[] ended = Arrays.copyOf(object, object.length + 1);
    ended[object.length] = '\n';
    return ended;
  }

  private static void addFields(ILoggingEvent event, Map<String, Object> line) {
    var fields = event.getKeyValuePairs();
    if (fields == null) {
      return;
    }
    for (var field : fields) {
      boolean scalar = field.value instanceof Number || field.value instanceof Boolean;
      line.putIfAbsent(field.key, scalar ? field.value : String.valueOf(field.value));
    }
  }
}
