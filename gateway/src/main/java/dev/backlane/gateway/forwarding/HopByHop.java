package dev.backlane.gateway.forwarding;

import dev.backlane.engine.operation.Header;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Separates end-to-end header fields from those of one connection (RFC 9110 section 7.6.1).
/// Stateless.
public final class HopByHop {
  private HopByHop() {}

  /// The end-to-end fields, in order: without `Connection` and the fields that it lists,
  /// `Keep-Alive`, `Proxy-*`, `TE`, `Trailer`, `Transfer-Encoding` and `Upgrade`.
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

  /// The end-to-end fields of a request to be passed on: also without `Host` and `Content-Length`,
  /// which the outgoing client sets itself, without `erp-api-background` and without `Backlane-…`.
  public static List<Header> ofRequest(List<Header> headers) {
    var kept = endToEnd(headers);
    kept.removeIf(header ->
        header.is("Host")
            || header.is("Content-Length")
            || ReservedNames.neverPassed(header.name()));
    return kept;
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
