package dev.backlane.app.config;

import dev.backlane.app.config.ValueType.Many;
import dev.backlane.app.config.ValueType.Table;
import dev.backlane.engine.execution.PathPattern;
import java.time.Duration;
import java.util.List;

/// The columns of `routes`: what an API's owner declares about the calls of single paths.
final class RouteSettings {
  static final Setting<PathPattern> PATH =
      Setting.of(
          "path",
          Types.pathPattern(),
          "The raw path as received, prefix included: * is any text within a segment, ** any number of segments."
              + " Required.");
  static final Setting<List<String>> METHODS =
      Setting.of(
              "methods",
              new Many<>(
                  Types.matching(
                      "a method in upper case, such as POST", "METHOD", Settings.METHOD)),
              "The methods it is about; none: all.")
          .byDefault("");
  static final Setting<Boolean> REPEATABLE =
      Setting.of(
              "repeatable",
              Types.truth(),
              "Declares that a repeated call does no harm, so that POST and PATCH too are repeated after an unknown"
                  + " outcome.")
          .byDefault("false");
  static final Setting<Integer> MAX_ATTEMPTS =
      Setting.of("max-attempts", Settings.attempts(), "Instead of execution.max-attempts.");
  static final Setting<Duration> MAX_DURATION =
      Setting.of("max-duration", Settings.longDuration(), "Instead of execution.max-duration.");
  static final Setting<Duration> ATTEMPT_TIMEOUT =
      Setting.of(
          "attempt-timeout", Settings.longDuration(), "Instead of upstream.attempt-timeout.");
  static final Setting<Integer> CONCURRENCY =
      Setting.of(
              "concurrency",
              Types.wholeNumber(0, 10_000),
              "Of execution.concurrency, for this route; 0 sets no bound.")
          .byDefault("0");
  static final Setting<List<Integer>> RETRY_ON =
      Setting.of(
          "retry-on",
          new Many<>(Types.wholeNumber(400, 599)),
          "The answers after which a call is sent again if a repeated call does no harm; left out: 502, 503 and 504. 429,"
              + " and 503 with Retry-After, always are; 401 never is.");

  private RouteSettings() {}

  static Table table() {
    return new Table(
        List.of(
            PATH,
            METHODS,
            REPEATABLE,
            MAX_ATTEMPTS,
            MAX_DURATION,
            ATTEMPT_TIMEOUT,
            CONCURRENCY,
            RETRY_ON));
  }
}
