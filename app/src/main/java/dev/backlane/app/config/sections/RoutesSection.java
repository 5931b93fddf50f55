package dev.backlane.app.config.sections;

import dev.backlane.app.config.reader.Section;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.reader.Types;
import dev.backlane.app.config.reader.ValueType.Many;
import dev.backlane.app.config.reader.ValueType.Scalar;
import dev.backlane.app.config.reader.ValueType.Table;
import dev.backlane.app.config.reader.ValueType.WrongValueException;
import dev.backlane.app.config.reader.Values;
import dev.backlane.engine.execution.ExecutionPolicy;
import dev.backlane.engine.execution.PathPattern;
import dev.backlane.engine.execution.Routes;
import dev.backlane.engine.operation.RetryPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// `routes`: options of execution for individual paths. Stateless.
final class RoutesSection {
  /// The most characters of a path pattern, which names the route in indexes, metrics and logs.
  private static final int PATH_CHARS_MAX = 255;

  private static final Pattern METHOD = Pattern.compile("[A-Z][A-Z0-9_-]{0,39}");

  private static final Setting<PathPattern> PATH =
      Setting.of(
          "path",
          pathPattern(),
          "The raw path as received, with its prefix: * matches any text within a segment, ** any"
              + " number of segments. A path that servers may understand differently (.., //, %2F,"
              + " ;x) gets the strictest rule of all that it may mean, and counts towards its"
              + " limit. Required.");
  private static final Setting<List<String>> METHODS =
      Setting.of(
              "methods",
              new Many<>(Types.matching("a method in upper case, such as POST", "METHOD", METHOD)),
              "The methods of the route; an empty list: all.")
          .byDefault("");
  private static final Setting<Boolean> REPEATABLE =
      Setting.of(
              "repeatable",
              Types.bool(),
              "Declares that repeating a call is safe, so that POST and PATCH are repeated too"
                  + " after an unknown outcome.")
          .byDefault("false");
  private static final Setting<Integer> MAX_ATTEMPTS =
      Setting.of("max-attempts", attempts(), "Overrides execution.max-attempts.");
  private static final Setting<Duration> MAX_DURATION =
      Setting.of("max-duration", durationOfOperation(), "Overrides execution.max-duration.");
  private static final Setting<Duration> ATTEMPT_TIMEOUT =
      Setting.of("attempt-timeout", durationOfOperation(), "Overrides upstream.attempt-timeout.");
  private static final Setting<Duration> RESPONSE_START_TIMEOUT =
      Setting.of(
          "response-start-timeout",
          durationOfResponseStart(),
          "Overrides upstream.response-start-timeout.");
  private static final Setting<Integer> CONCURRENCY =
      Setting.of(
              "concurrency",
              Types.wholeNumber(0, 10_000),
              "The part of execution.concurrency that this route may use; 0 sets no limit.")
          .byDefault("0");
  private static final Setting<List<Integer>> RETRY_ON =
      Setting.of(
          "retry-on",
          new Many<>(Types.wholeNumber(400, 599)),
          "The status codes after which a call is sent again if repeating it is safe. If unset,"
              + " 502, 503 and 504. 429, and 503 with Retry-After, are always retried; 401 never"
              + " is.");

  static final Section SECTION = Section.withoutHeading();

  private static final Setting<List<Values>> ROUTES =
      SECTION.add(
          Setting.of(
                  "routes",
                  new Table(
                      List.of(
                          PATH,
                          METHODS,
                          REPEATABLE,
                          MAX_ATTEMPTS,
                          MAX_DURATION,
                          ATTEMPT_TIMEOUT,
                          RESPONSE_START_TIMEOUT,
                          CONCURRENCY,
                          RETRY_ON)),
                  "Options of individual paths; the first row that matches a call applies.")
              .byDefault("")
              .reloaded());

  private RoutesSection() {}

  /// A number of attempts of one operation.
  static Scalar<Integer> attempts() {
    return Types.wholeNumber(1, 1_000);
  }

  /// A duration that bounds an operation or one of its attempts.
  static Scalar<Duration> durationOfOperation() {
    return Types.duration(Duration.ofMillis(1), Duration.ofDays(30));
  }

  /// The longest wait for a response to begin; zero: no limit.
  static Scalar<Duration> durationOfResponseStart() {
    return Types.duration(Duration.ZERO, Duration.ofDays(30));
  }

  private static Scalar<PathPattern> pathPattern() {
    return new Scalar<>(
        "a path that begins with '/', with * within a segment and ** for any number of segments",
        "PATTERN",
        true,
        text -> {
          if (text.length() > PATH_CHARS_MAX) {
            throw new WrongValueException("is longer than " + PATH_CHARS_MAX + " characters");
          }
          try {
            return PathPattern.of(Types.line(text));
          } catch (IllegalArgumentException malformed) {
            throw new WrongValueException("is not a path pattern: " + malformed.getMessage());
          }
        });
  }

  static void check(Values values) {
    values.find(ROUTES).orElse(List.of()).forEach(row -> row.require(PATH));
  }

  static Routes of(Values values) {
    var general =
        new ExecutionPolicy(
            ExecutionSection.retry(values),
            values.get(UpstreamSection.ATTEMPT_TIMEOUT),
            values.get(UpstreamSection.RESPONSE_START_TIMEOUT));
    return new Routes(
        values.get(ROUTES).stream().map(row -> route(row, general)).toList(), general);
  }

  private static Routes.Route route(Values row, ExecutionPolicy general) {
    RetryPolicy retry =
        new RetryPolicy(
            row.find(MAX_ATTEMPTS).orElse(general.retry().maxAttempts()),
            row.find(MAX_DURATION).orElse(general.retry().maxDuration()),
            general.retry().backoffInitial(),
            general.retry().backoffMax(),
            general.retry().retryAfterMax(),
            row.find(RETRY_ON).map(Set::copyOf).orElse(general.retry().retryOn()),
            row.get(REPEATABLE));
    return new Routes.Route(
        row.get(PATH),
        Set.copyOf(row.get(METHODS)),
        row.get(CONCURRENCY),
        new ExecutionPolicy(
            retry,
            row.find(ATTEMPT_TIMEOUT).orElse(general.attemptTimeout()),
            row.find(RESPONSE_START_TIMEOUT).orElse(general.responseStartTimeout())));
  }
}
