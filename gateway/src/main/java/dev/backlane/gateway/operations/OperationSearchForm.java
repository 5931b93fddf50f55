package dev.backlane.gateway.operations;

import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.search.OperationFilter;
import dev.backlane.engine.store.search.OperationFilter.CallerFilter;
import dev.backlane.engine.store.search.Phase;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Query;
import dev.backlane.protocol.Status;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Reads a filter for operations from named texts: the parameters of a query, the fields of a form,
/// or the members of a document. All have the same names. Stateless.
public final class OperationSearchForm {
  /// The names of the texts.
  public static final List<String> NAMES =
      List.of(
          "state",
          "phase",
          "errorCode",
          "tenant",
          "client",
          "user",
          "route",
          "statusCode",
          "reference",
          "error",
          "receivedAfter",
          "receivedBefore");

  private static final String PHASES =
      Arrays.stream(Phase.values()).map(Phase::wire).collect(Collectors.joining(", "));
  private static final String STATES =
      Arrays.stream(Status.values()).map(Status::wire).collect(Collectors.joining(", "));
  private static final String ERROR_CODES =
      Arrays.stream(ErrorCode.values()).map(ErrorCode::wire).collect(Collectors.joining(", "));

  private OperationSearchForm() {}

  /// The filter of some texts.
  ///
  /// @param texts returns the text of a name; empty if it is missing
  /// @throws ProblemException 400 if one is malformed; it names the values that are permitted
  public static OperationFilter read(Function<String, Optional<String>> texts) {
    var form = new Form(texts);
    var all = OperationFilter.ALL;
    return new OperationFilter(
        phases(form),
        form.parsed("errorCode", OperationSearchForm::errorCode, "one of " + ERROR_CODES),
        new CallerFilter(texts.apply("tenant"), texts.apply("client"), texts.apply("user")),
        texts.apply("route"),
        form.parsed("statusCode", OperationSearchForm::statusCode, "a status code, 100 to 599")
            .map(OptionalInt::of)
            .orElse(OptionalInt.empty()),
        texts.apply("reference"),
        texts.apply("error"),
        form.time("receivedAfter")
            .map(at -> OperationId.lowest(at.plusMillis(1)))
            .orElse(all.from()),
        form.time("receivedBefore").map(OperationId::lowest).orElse(all.to()));
  }

  /// Reads texts of one source.
  private record Form(Function<String, Optional<String>> texts) {
    <T> Optional<T> parsed(String name, Function<String, T> parser, String expected) {
      try {
        return texts.apply(name).map(parser);
      } catch (DateTimeException | IllegalArgumentException malformed) {
        throw Query.invalid("The filter's '" + name + "' is not " + expected + ".");
      }
    }

    Optional<Instant> time(String name) {
      return parsed(
          name, OperationSearchForm::time, "a time in ISO 8601 such as 2026-01-31T12:00:00Z");
    }
  }

  // Both may be given: `Started` with `retrying`, for example.
  private static Set<Phase> phases(Form form) {
    var ofState =
        form.parsed("state", OperationSearchForm::ofState, "one of " + STATES)
            .orElse(EnumSet.allOf(Phase.class));
    var given =
        form.parsed("phase", OperationSearchForm::named, "one or more of " + PHASES)
            .orElse(EnumSet.allOf(Phase.class));
    var both = EnumSet.copyOf(ofState);
    both.retainAll(given);
    if (both.isEmpty()) {
      throw Query.invalid("No operation has this 'state' and this 'phase'. Use one of them.");
    }
    return both.size() == Phase.values().length ? Set.of() : both;
  }

  private static Set<Phase> ofState(String name) {
    var phases = EnumSet.noneOf(Phase.class);
    for (var phase : Phase.values()) {
      if (status(phase).wire().equals(name)) {
        phases.add(phase);
      }
    }
    if (phases.isEmpty()) {
      throw new IllegalArgumentException(name);
    }
    return phases;
  }

  private static Status status(Phase phase) {
    return switch (phase) {
      case QUEUED, RETRYING, RUNNING, HELD -> Status.STARTED;
      case FINISHED -> Status.FINISHED;
      case FAILED, CANCELED -> Status.FAILED;
    };
  }

  private static Set<Phase> named(String names) {
    var phases = EnumSet.noneOf(Phase.class);
    for (var name : names.split(",", -1)) {
      phases.add(Phase.named(name.strip()).orElseThrow(IllegalArgumentException::new));
    }
    return phases;
  }

  private static ErrorCode errorCode(String name) {
    return Arrays.stream(ErrorCode.values())
        .filter(code -> code.wire().equals(name))
        .findFirst()
        .orElseThrow(IllegalArgumentException::new);
  }

  private static int statusCode(String text) {
    int status = Integer.parseInt(text);
    if (status < 100 || status > 599) {
      throw new IllegalArgumentException(text);
    }
    return status;
  }

  /// Years beyond those of ids are as good as the last one.
  private static Instant time(String text) {
    var time = Instant.parse(text);
    if (time.isBefore(Instant.EPOCH)) {
      return Instant.EPOCH;
    }
    // One millisecond may be added.
    var last = OperationId.TIME_MAX.minusMillis(1);
    return time.isAfter(last) ? last : time;
  }
}
