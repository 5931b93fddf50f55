package dev.backlane.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.protocol.ProblemType;
import java.net.URLDecoder;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// The parameters of a request's query, each given at most once. Immutable.
public final class Query {
  /// The maximum number of rows of a page.
  public static final int LIMIT_MAX = 200;

  private static final int LIMIT_DEFAULT = 50;
  private static final int FORM_BYTES_MAX = 8 * 1024;

  private final Map<String, String> values;

  private Query(Map<String, String> values) {
    this.values = values;
  }

  /// Reads the query of a call.
  ///
  /// @throws ProblemException if it cannot be decoded, or names a parameter twice
  public static Query of(Call call) {
    return parse(call.query());
  }

  /// Reads the fields of a form (`application/x-www-form-urlencoded`).
  ///
  /// @throws ProblemException if it cannot be decoded, names a field twice, or is over 8 KiB
  public static Query ofForm(Call call) {
    return parse(new String(SmallBody.read(call, "form", FORM_BYTES_MAX), UTF_8));
  }

  /// Reads a query as it is in a URL, without its `?`.
  ///
  /// @throws ProblemException if it cannot be decoded, or names a parameter twice
  public static Query parse(String text) {
    var values = new LinkedHashMap<String, String>();
    for (String pair : text.split("&", -1)) {
      if (!pair.isEmpty()) {
        int equals = pair.indexOf('=');
        var name = decoded(equals < 0 ? pair : pair.substring(0, equals));
        if (values.put(name, equals < 0 ? "" : decoded(pair.substring(equals + 1))) != null) {
          throw invalid("The query has '" + name + "' twice. Send it once.");
        }
      }
    }
    return new Query(values);
  }

  /// A text; empty if the parameter is missing or empty.
  public Optional<String> text(String name) {
    return Optional.ofNullable(values.get(name)).filter(value -> !value.isEmpty());
  }

  /// A time.
  public Optional<Instant> instant(String name) {
    return parsed(name, Instant::parse, "a time in ISO 8601 such as 2026-01-31T12:00:00Z");
  }

  /// A whole number.
  public Optional<Integer> integer(String name) {
    return parsed(name, Integer::valueOf, "a whole number");
  }

  /// A number of seconds.
  public Optional<Duration> seconds(String name) {
    return parsed(
        name,
        text -> Duration.ofSeconds(Integer.parseUnsignedInt(text)),
        "a whole number of seconds");
  }

  /// The number of rows of a page: 1 to 200, default 50.
  public int limit() {
    int limit = integer("limit").orElse(LIMIT_DEFAULT);
    if (limit < 1 || limit > LIMIT_MAX) {
      throw invalid("The query's 'limit' is not 1 to " + LIMIT_MAX + ".");
    }
    return limit;
  }

  /// The id that all rows of the page are below; higher than every id for the first page.
  public OperationId cursor() {
    return parsed(
            "cursor",
            text -> OperationId.parse(text).orElseThrow(IllegalArgumentException::new),
            "a cursor that this API returned")
        .orElse(OperationId.lowest(OperationId.TIME_MAX));
  }

  /// A value of any other type.
  ///
  /// @param expected describes valid values in the problem document
  public <T> Optional<T> parsed(String name, Function<String, T> parser, String expected) {
    try {
      return text(name).map(parser);
    } catch (DateTimeException | IllegalArgumentException malformed) {
      throw invalid("The query's '" + name + "' is not " + expected + ".");
    }
  }

  /// A 400 for a query that cannot be read.
  public static ProblemException invalid(String detail) {
    return new ProblemException(ProblemType.INVALID_REQUEST, detail);
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, UTF_8);
    } catch (IllegalArgumentException malformed) {
      throw invalid(
          "The query has a '%' without two hexadecimal digits after it. Encode it as %25.");
    }
  }
}
