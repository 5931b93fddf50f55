package dev.backlane.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// The output of the demo: a sentence per step, and each HTTP exchange, without secrets. Not
/// thread-safe.
final class Transcript {
  private static final JsonMapper PRETTY =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  // The header fields that matter to the reader; the others concern the transport.
  private static final List<String> REQUEST_HEADERS =
      List.of(
          "Authorization",
          "Content-Type",
          "erp-api-background",
          "Backlane-Reference",
          "If-None-Match");
  private static final List<String> RESPONSE_HEADERS =
      List.of("Location", "Retry-After", "ETag", "AsyncResult", "Content-Type", "WWW-Authenticate");

  private static final String RESET = "\u001b[0m";
  private static final String BOLD = "\u001b[1m";
  private static final String FAINT = "\u001b[2m";
  private static final String GREEN = "\u001b[32m";
  private static final String RED = "\u001b[31m";
  private static final String CYAN = "\u001b[36m";

  private final PrintWriter out;
  private final boolean colours;
  private int steps;

  /// @param colours whether `out` shows ANSI colours
  Transcript(PrintWriter out, boolean colours) {
    this.out = out;
    this.colours = colours;
  }

  /// Begins a step.
  void step(String narration) {
    steps++;
    out.println();
    out.println(in(BOLD, steps + ". " + narration));
  }

  /// Prints a line.
  void say(String line) {
    out.println(line);
  }

  /// Prints the conclusion of a step.
  void shown(String conclusion) {
    out.println(in(GREEN, "   ✓ " + conclusion));
  }

  /// Prints the last line of a demo that failed.
  void failed(String why) {
    out.println();
    out.println(in(RED, "The demo failed at step " + steps + ": " + Redaction.of(why)));
  }

  /// Prints a request and its response.
  void exchange(Exchange exchange) {
    var sent = exchange.sent();
    line("> ", CYAN, sent.method() + " " + sent.uri());
    REQUEST_HEADERS.forEach(name ->
        sent.headers().allValues(name).forEach(value -> line("> ", "", name + ": " + value)));
    body("> ", sent.body());
    String took = "  (" + exchange.took().toMillis() + " ms)";
    exchange
        .response()
        .ifPresentOrElse(
            response -> response(response, took),
            () -> line("< ", RED, "no response: timed out" + took));
  }

  /// Prints a request that was received.
  void received(WebhookReceiver.Received received) {
    line("< ", CYAN, "POST " + received.uri());
    received.headers().forEach((name, value) -> line("< ", "", name + ": " + value));
    body("< ", pretty(new String(received.body(), UTF_8)));
  }

  private void response(Exchange.Response response, String took) {
    line(
        "< ",
        response.status() < 400 ? GREEN : RED,
        response.status() + " " + reason(response.status()) + took);
    RESPONSE_HEADERS.forEach(name ->
        response.headers().allValues(name).forEach(value -> line("< ", "", name + ": " + value)));
    String text = new String(response.body(), UTF_8);
    body(
        "< ",
        response.headers().firstValue("Content-Type").filter(Transcript::isJson).isPresent()
            ? pretty(text)
            : text);
  }

  private static boolean isJson(String mediaType) {
    return mediaType.toLowerCase(Locale.ROOT).contains("json");
  }

  private static String pretty(String json) {
    try {
      return PRETTY.writeValueAsString(PRETTY.readTree(json));
    } catch (JacksonException malformed) {
      return json;
    }
  }

  private void body(String mark, String text) {
    if (!text.isEmpty()) {
      line(mark, "", "");
      text.lines().forEach(bodyLine -> line(mark, "", bodyLine));
    }
  }

  private void line(String mark, String colour, String text) {
    String redacted = Redaction.of(text);
    out.println(
        ("   " + in(FAINT, mark) + (colour.isEmpty() ? redacted : in(colour, redacted)))
            .stripTrailing());
  }

  private String in(String colour, String text) {
    return colours ? colour + text + RESET : text;
  }

  private static String reason(int status) {
    return switch (status) {
      case 200 -> "OK";
      case 201 -> "Created";
      case 202 -> "Accepted";
      case 304 -> "Not Modified";
      case 401 -> "Unauthorized";
      case 403 -> "Forbidden";
      case 404 -> "Not Found";
      default -> "";
    };
  }
}
