package dev.backlane.gateway.http;

import dev.backlane.engine.operation.Header;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Tells header lines that are meant for the whole way from those of one connection (RFC 9110 section 7.6.1).
public final class HopByHop {
  /// The header that makes a call a background operation; it ends here.
  private static final String TRIGGER = "erp-api-background";

  private HopByHop() {}

  /// The end-to-end lines, in order: without `Connection` and what it lists, `Keep-Alive`, `Proxy-*`, `TE`, `Trailer`,
  /// `Transfer-Encoding` and `Upgrade`.
  public static List<Header> endToEnd(List<Header> headers) {
    var listed = listed(headers);
    List<Header> kept = new ArrayList<>(headers.size());
    for (Header header : headers) {
      if (!ofConnection(header.name())
          && (listed.isEmpty() || !listed.contains(lower(header.name())))) {
        kept.add(header);
      }
    }
    return kept;
  }

  /// The end-to-end lines of a request that is to be sent on: also without `Host` and `Content-Length`, which the outgoing
  /// client states itself, and without `erp-api-background`.
  public static List<Header> ofRequest(List<Header> headers) {
    var kept = endToEnd(headers);
    kept.removeIf(
        header -> header.is("Host") || header.is("Content-Length") || isTrigger(header.name()));
    return kept;
  }

  /// Whether a field has the name `erp-api-background`.
  public static boolean isTrigger(String name) {
    return name.equalsIgnoreCase(TRIGGER);
  }

  private static Set<String> listed(List<Header> headers) {
    Set<String> listed = Set.of();
    for (Header header : headers) {
      if (header.is("Connection")) {
        for (String option : header.value().split(",", -1)) {
          var name = lower(option.strip());
          if (!name.equals("close") && !name.equals("keep-alive")) {
            listed = listed.isEmpty() ? new HashSet<>() : listed;
            listed.add(name);
          }
        }
      }
    }
    return listed;
  }

  private static boolean ofConnection(String name) {
    return switch (name.length()) {
          case 2 -> name.equalsIgnoreCase("TE");
          case 7 -> name.equalsIgnoreCase("Trailer") || name.equalsIgnoreCase("Upgrade");
          case 10 -> name.equalsIgnoreCase("Connection") || name.equalsIgnoreCase("Keep-Alive");
          case 17 -> name.equalsIgnoreCase("Transfer-Encoding");
          default -> false;
        }
        || name.regionMatches(true, 0, "Proxy-", 0, 6);
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
