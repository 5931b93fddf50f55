package dev.backlane.app.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// What the demo prints: one line of narration per step, and each HTTP exchange readably, without secrets. For one thread.
final class Transcript {
  private static final JsonMapper PRETTY =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  // What a reader of the story looks at; the rest is transport.
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

  /// A line that stands for itself.
  void say(String line) {
    out.println(line);
  }

  /// What a step has shown.
  void shown(String conclusion) {
    out.println(in(GREEN, "   ✓ " + conclusion));
  }

  /// The last line of a demo that failed.
  void failed(String why) {
    out.println();
    out.println(in(RED, "The demo failed at step " + steps + ": " + Redaction.of(why)));
  }

  /// One request and what came of it.
  void exchange(Exchange exchange) {
    var sent = exchange.sent();
    line("> ", CYAN, sent.method() + " " + sent.uri());
    REQUEST_HEADERS.forEach(name ->
        sent.headers().allValues(name).forEach(value -> line("> ", "", name + ": " + value)));
    body("> ", sent.body());
    String took = "  (" + exchange.took().toMillis() + " ms)";
    exchange
        .answer()
        .ifPresentOrElse(
            answer -> answer(answer, took), () -> line("< ", RED, "nothing: timed out" + took));
  }

  /// A request that came in.
  void received(WebhookReceiver.Received received) {
    line("< ", CYAN, "POST " + received.uri());
    received.headers().forEach((name, value) -> line("< ", "", name + ": " + value));
    body("< ", pretty(new String(received.body(), UTF_8)));
  }

  private void answer(Exchange.Answer answer, String took) {
    line(
        "< ",
        answer.status() < 400 ? GREEN : RED,
        answer.status() + " " + reason(answer.status()) + took);
    RESPONSE_HEADERS.forEach(name ->
        answer.headers().allValues(name).forEach(value -> line("< ", "", name + ": " + value)));
    String text = new String(answer.body(), UTF_8);
    body(
        "< ",
        answer.headers().firstValue("Content-Type").filter(Transcript::isJson).isPresent()
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
