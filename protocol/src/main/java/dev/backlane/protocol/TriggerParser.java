package dev.backlane.protocol;

import dev.backlane.protocol.field.Syntax;
import dev.backlane.protocol.url.HttpUrl;
import dev.backlane.protocol.url.InvalidUrlException;
import java.net.URI;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Parses the trigger header. Strict, because a misread header would mean that the end of the call
/// is not reported.
final class TriggerParser {
  private static final String FORMS =
      "Use 'none', 'subscription', 'subscription:<name>=<value>,...' or an absolute http or https URL.";

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
    Set<String> names = new HashSet<>();
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
      if (!names.add(NotificationHeaders.comparable(name))) {
        throw invalid(
            "The name '"
                + shown(name)
                + "' is used twice, as many receivers compare names: ignoring case, and '_' as '-'."
                + " Use each name once.");
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
    NotificationHeaders.objection(name)
        .ifPresent(objection -> {
          throw forbidden(name, objection);
        });
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
    try {
      return HttpUrl.parse(value).uri();
    } catch (InvalidUrlException malformed) {
      throw invalid("The URL " + malformed.getMessage() + ".");
    }
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
