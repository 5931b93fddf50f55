package dev.backlane.app.cli.calls;

import dev.backlane.client.OperationState;
import dev.backlane.protocol.Json;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/// Formats states for a terminal. Stateless.
final class Lines {
  private Lines() {}

  static String phase(OperationState state) {
    var phase = state.phase();
    return phase == null ? state.status().toLowerCase(Locale.ROOT) : phase;
  }

  /// A duration as `1h02m03s`, with its largest units only.
  static String time(Duration time) {
    if (time.toHours() > 0) {
      return String.format(
          Locale.ROOT, "%dh%02dm%02ds", time.toHours(), time.toMinutesPart(), time.toSecondsPart());
    }
    return time.toMinutes() > 0
        ? String.format(Locale.ROOT, "%dm%02ds", time.toMinutes(), time.toSecondsPart())
        : time.toSeconds() + "s";
  }

  /// One line of a list.
  static String row(OperationState state) {
    return String.format(
        Locale.ROOT,
        "%s  %-8s  %3s  %s  %s%s",
        state.id(),
        phase(state),
        state.statusCode() == 0 ? "-" : state.statusCode(),
        state.receivedUtc() == null ? "-" : state.receivedUtc().truncatedTo(ChronoUnit.SECONDS),
        path(state),
        state.reference() == null ? "" : "  (" + state.reference() + ")");
  }

  /// The path and the query of the call; the rest is the same for all operations of a gateway.
  private static String path(OperationState state) {
    return String.valueOf(state.originalUri()).replaceFirst("^[a-z]+://[^/]*", "");
  }

  /// All fields of a state, one in a line.
  static void show(OperationState state, PrintWriter out) {
    out.println("id           " + state.id());
    out.println("phase        " + phase(state));
    out.println("call         " + state.originalUri());
    optional(out, "status code  ", state.statusCode() == 0 ? null : state.statusCode());
    optional(out, "attempt      ", state.attempt() == 0 ? null : state.attempt());
    out.println("received     " + state.receivedUtc());
    optional(out, "started      ", state.startedUtc());
    optional(out, "finished     ", state.finishedUtc());
    optional(out, "next attempt ", state.nextAttemptUtc());
    optional(out, "last error   ", state.lastError());
    optional(out, "error        ", state.errorMessage());
    optional(out, "error code   ", state.errorCode());
    optional(out, "reference    ", state.reference());
    out.println("webhook      " + state.webhookAddress());
  }

  private static void optional(
      PrintWriter out, String label, @org.jspecify.annotations.Nullable Object value) {
    if (value != null) {
      out.println(label + value);
    }
  }

  /// A document as JSON on one line.
  static String json(Object document) {
    return new String(Json.bytes(document), StandardCharsets.UTF_8);
  }
}
