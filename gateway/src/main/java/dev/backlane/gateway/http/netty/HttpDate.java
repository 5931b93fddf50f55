package dev.backlane.gateway.http.netty;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// The `Date` of responses, formatted once a second. Thread-safe.
final class HttpDate {
  private static final DateTimeFormatter FORMAT =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private record Formatted(long second, String text) {}

  private static volatile Formatted latest = new Formatted(0, "");

  private HttpDate() {}

  static String now() {
    long second = System.currentTimeMillis() / 1000;
    var known = latest;
    if (known.second() != second) {
      known = new Formatted(second, FORMAT.format(Instant.ofEpochSecond(second)));
      latest = known;
    }
    return known.text();
  }
}
