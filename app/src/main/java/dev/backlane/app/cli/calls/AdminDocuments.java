package dev.backlane.app.cli.calls;

import dev.backlane.protocol.Json;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Formats documents of the admin API for people: a line for each item of a list, or for each
/// member that has a value. Stateless.
final class AdminDocuments {
  private AdminDocuments() {}

  /// @param document as the gateway sent it; empty: nothing is printed
  static void print(String document, PrintWriter out) {
    if (document.isBlank()) {
      return;
    }
    Map<?, ?> members = Json.read(document.getBytes(StandardCharsets.UTF_8), Map.class);
    if (members.get("items") instanceof List<?> items) {
      items.forEach(item -> out.println(item instanceof Map<?, ?> each ? line(each) : item));
      if (items.isEmpty()) {
        out.println("none");
      }
      return;
    }
    members.forEach((name, value) -> {
      if (isShown(name, value)) {
        out.printf("%-26s %s%n", name, value);
      }
    });
    if (members.containsKey("phase") && members.get("attempts") instanceof List<?> attempts) {
      attempts.forEach(
          each -> out.println("attempt  " + (each instanceof Map<?, ?> a ? attempt(a) : each)));
    }
  }

  private static String attempt(Map<?, ?> attempt) {
    return text(attempt, "number")
        + "  "
        + text(attempt, "startedUtc")
        + "  "
        + text(attempt, "tookMillis")
        + " ms  "
        + text(attempt, "result")
        + "  "
        + text(attempt, "statusCode")
        + parenthesized(text(attempt, "error"));
  }

  /// The text of a member of a document; empty if it has none.
  static String member(String document, String name) {
    return text(Json.read(document.getBytes(StandardCharsets.UTF_8), Map.class), name);
  }

  private static boolean isShown(Object name, @Nullable Object value) {
    return value != null && !"".equals(value) && !name.equals("body") && !name.equals("attempts");
  }

  private static String line(Map<?, ?> item) {
    if (item.containsKey("phase")) {
      return operation(item);
    }
    return item.containsKey("state") ? delivery(item) : subscription(item);
  }

  private static String operation(Map<?, ?> item) {
    return text(item, "id")
        + "  "
        + "%-8s".formatted(text(item, "phase"))
        + "  "
        + "%3s".formatted(text(item, "statusCode"))
        + "  "
        + text(item, "receivedUtc")
        + "  "
        + text(item, "tenant")
        + "/"
        + text(item, "client")
        + "  "
        + text(item, "method")
        + " "
        + text(item, "target")
        + parenthesized(text(item, "error"));
  }

  private static String subscription(Map<?, ?> item) {
    var owner = text(item, "tenant").isEmpty() ? "" : text(item, "tenant") + "/";
    return text(item, "id")
        + "  "
        + (Boolean.TRUE.equals(item.get("enabled")) ? "enabled " : "disabled")
        + "  "
        + owner
        + text(item, "client")
        + "  "
        + text(item, "url")
        + parenthesized(text(item, "disabledReason"));
  }

  private static String delivery(Map<?, ?> item) {
    var receiver = text(item, "url").isEmpty() ? text(item, "subscription") : text(item, "url");
    return text(item, "id")
        + "  "
        + "%-9s".formatted(text(item, "state"))
        + "  "
        + receiver
        + (text(item, "nextAttemptUtc").isEmpty() ? "" : "  next " + text(item, "nextAttemptUtc"))
        + parenthesized(text(item, "reason"));
  }

  private static String parenthesized(String text) {
    return text.isEmpty() ? "" : "  (" + text + ")";
  }

  private static String text(Map<?, ?> item, String name) {
    var value = item.get(name);
    return value == null ? "" : value.toString();
  }
}
