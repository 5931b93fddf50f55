package dev.backlane.protocol;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Parses the trigger header. Strict, because a misread header would mean that the end of the call
/// is not reported.
final class TriggerParser {
  private static final String FORMS =
      "Use 'none', 'subscription', 'subscription:<name>=<value>,...' or an absolute http or https URL.";

  /// Fields of the connection (RFC 9110 section 7.6.1), which the caller cannot set.
  private static final Set<String> HOP_BY_HOP =
      Set.of(
          "host",
          "connection",
          "keep-alive",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade",
          "expect",
          "via");

  /// Pairs are stored and shown with the operation, unlike the sealed credentials of the request.
  private static final Set<String> CREDENTIALS = Set.of("authorization", "cookie", "set-cookie");

  private static final int PORT_MAX = 65_535;
  private static final int NAME_CHARS_SHOWN_MAX = 64;

  private TriggerParser() {}

  static Trigger parse(String headerValue) {
    if (headerValue.length() > Trigger.VALUE_CHARS_MAX) {
      throw invalid(
          "The value has "
              + headerValue.length()
              + " characters; shorten it to "
              + Trigger.VALUE_CHARS_MAX
              + ".");
    }
    String value = Syntax.trimOws(headerValue);
    requireVisibleAscii(value);
    if (value.isEmpty()) {
      throw invalid("The value is empty. " + FORMS);
    }
    int colon = value.indexOf(':');
    String keyword = (colon < 0 ? value : value.substring(0, colon)).toLowerCase(Locale.ROOT);
    if (colon < 0) {
      return switch (keyword) {
        case "none" -> new Trigger.None();
        case "subscription" -> new Trigger.Subscription(Map.of());
        default -> throw invalid("The value is none of the known forms. " + FORMS);
      };
    }
    return switch (keyword) {
      case "subscription" -> new Trigger.Subscription(pairs(value.substring(colon + 1)));
      case "http", "https" -> new Trigger.Address(address(value));
      default ->
          throw invalid(
              "The value starts with neither 'subscription:' nor 'http:' nor 'https:'. " + FORMS);
    };
  }

  private static void requireVisibleAscii(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c != '\t' && (c < ' ' || c > '~')) {
        throw invalid(
            "Character "
                + (i + 1)
                + " of the value is a control or non-ASCII character; send visible ASCII,"
                + " other characters percent-encoded.");
      }
    }
  }

  private static Map<String, String> pairs(String list) {
    List<String> parts = List.of(list.split(",", -1));
    if (parts.size() > Trigger.PAIRS_MAX) {
      throw invalid(
          "There are " + parts.size() + " pairs; send at most " + Trigger.PAIRS_MAX + ".");
    }
    Map<String, String> pairs = new LinkedHashMap<>();
    Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    for (int i = 0; i < parts.size(); i++) {
      String pair = Syntax.trimOws(parts.get(i));
      int equals = pair.indexOf('=');
      if (equals < 0) {
        throw invalid(
            "Pair "
                + (i + 1)
                + " has no '='; write <name>=<value>, pairs separated by commas,"
                + " no comma inside a value and none at the end.");
      }
      String name = pair.substring(0, equals);
      requireHeaderName(name, i + 1);
      if (!names.add(name)) {
        throw invalid("The name '" + shown(name) + "' is used twice; use each name once.");
      }
      pairs.put(name, value(name, pair.substring(equals + 1)));
    }
    return pairs;
  }

  private static void requireHeaderName(String name, int position) {
    if (!Syntax.isToken(name)) {
      throw invalid(
          "The name of pair "
              + position
              + " is not a header name; use letters, digits and !#$%&'*+-.^_`|~ (RFC 9110 section 5.6.2).");
    }
    String lower = name.toLowerCase(Locale.ROOT);
    if (HOP_BY_HOP.contains(lower) || lower.startsWith("proxy-")) {
      throw forbidden(name, "it belongs to the connection");
    }
    if (lower.startsWith("content-")) {
      throw forbidden(name, "it describes the body, which Backlane writes");
    }
    if (lower.startsWith("webhook-") || lower.equals(Headers.X_SIGNATURE)) {
      throw forbidden(name, "it carries the signature");
    }
    if (CREDENTIALS.contains(lower)) {
      throw forbidden(
          name,
          "credentials in a pair would be stored unsealed; let the receiver verify the signature");
    }
  }

  private static String value(String name, String text) {
    String value = Syntax.trimOws(text);
    if (name.equalsIgnoreCase("reference") && value.length() > Trigger.REFERENCE_CHARS_MAX) {
      throw invalid(
          "The reference has "
              + value.length()
              + " characters; shorten it to "
              + Trigger.REFERENCE_CHARS_MAX
              + ".");
    }
    return value;
  }

  private static URI address(String value) {
    URI uri;
    try {
      uri = new URI(value);
    } catch (URISyntaxException malformed) {
      throw invalid(
          "The URL is malformed: "
              + malformed.getReason()
              + ". Percent-encode the characters that a URL cannot contain.");
    }
    if (uri.getRawUserInfo() != null || String.valueOf(uri.getRawAuthority()).contains("@")) {
      throw invalid("The URL has user information; remove the part before the '@'.");
    }
    if (uri.getHost() == null) {
      throw invalid("The URL has no valid host; write http://<host>[:<port>]/<path>.");
    }
    if (uri.getRawFragment() != null) {
      throw invalid("The URL has a fragment; remove the '#' and the part after it.");
    }
    // URI returns -1 for a URL without a port.
    if (uri.getPort() == 0 || uri.getPort() > PORT_MAX) {
      throw invalid("The URL's port is " + uri.getPort() + "; use 1 to " + PORT_MAX + ".");
    }
    return uri;
  }

  private static InvalidTriggerException forbidden(String name, String reason) {
    return invalid(
        "The name '"
            + shown(name)
            + "' cannot be sent with a notification: "
            + reason
            + ". Choose another name.");
  }

  private static String shown(String name) {
    return name.length() <= NAME_CHARS_SHOWN_MAX
        ? name
        : name.substring(0, NAME_CHARS_SHOWN_MAX) + "...";
  }

  private static InvalidTriggerException invalid(String message) {
    return new InvalidTriggerException(Headers.BACKGROUND + ": " + message);
  }
}
