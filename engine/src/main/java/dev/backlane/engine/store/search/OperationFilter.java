package dev.backlane.engine.store.search;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// Which operations an operator looks for. Each part that is present must match.
///
/// @param phases one of these; empty: any
/// @param errorCode why it ended without a response
/// @param caller who started it
/// @param route the name of its route; empty text: none
/// @param statusCode of the upstream's response
/// @param reference the caller's own reference, exactly
/// @param errorText a part of its error message or of its last error, in any letter case
/// @param from the first id (inclusive)
/// @param to the last id (exclusive)
public record OperationFilter(
    Set<Phase> phases,
    Optional<ErrorCode> errorCode,
    CallerFilter caller,
    Optional<String> route,
    OptionalInt statusCode,
    Optional<String> reference,
    Optional<String> errorText,
    OperationId from,
    OperationId to) {

  /// Matches every operation.
  public static final OperationFilter ALL =
      new OperationFilter(
          Set.of(),
          Optional.empty(),
          CallerFilter.ANY,
          Optional.empty(),
          OptionalInt.empty(),
          Optional.empty(),
          Optional.empty(),
          OperationId.lowest(Instant.EPOCH),
          OperationId.lowest(OperationId.TIME_MAX));

  private static final Set<Phase> WITH_ERROR_CODE = EnumSet.of(Phase.FAILED, Phase.CANCELED);

  private static final Set<Phase> WITH_ERROR =
      EnumSet.of(Phase.FAILED, Phase.CANCELED, Phase.RETRYING, Phase.HELD);

  /// The caller of an operation, as far as the operator names it.
  ///
  /// @param user the subject of the token
  public record CallerFilter(
      Optional<String> tenant, Optional<String> client, Optional<String> user) {
    /// Any caller.
    public static final CallerFilter ANY =
        new CallerFilter(Optional.empty(), Optional.empty(), Optional.empty());

    boolean matches(Caller caller) {
      return (tenant.isEmpty() || tenant.get().equals(caller.tenant()))
          && (client.isEmpty() || client.get().equals(caller.client()))
          && (user.isEmpty() || user.get().equals(caller.subject()));
    }
  }

  public OperationFilter {
    phases = Set.copyOf(phases);
  }

  /// The same filter for one phase.
  public OperationFilter in(Phase phase) {
    return in(Set.of(phase));
  }

  /// The same filter for other phases.
  public OperationFilter in(Set<Phase> others) {
    return new OperationFilter(
        others, errorCode, caller, route, statusCode, reference, errorText, from, to);
  }

  /// The phases that a matching operation can have; empty if no operation can match.
  public Set<Phase> possiblePhases() {
    var possible = phases.isEmpty() ? EnumSet.allOf(Phase.class) : EnumSet.copyOf(phases);
    if (errorCode.isPresent()) {
      possible.retainAll(WITH_ERROR_CODE);
    }
    if (statusCode.isPresent()) {
      possible.retainAll(EnumSet.of(Phase.FINISHED));
    }
    if (errorText.isPresent()) {
      possible.retainAll(WITH_ERROR);
    }
    return possible;
  }

  /// Whether a matching operation has certainly not been successful, so that an index of the
  /// unsuccessful ones contains it if it has ended.
  public boolean unsuccessfulOnly() {
    return statusCode.isPresent()
        ? statusCode.getAsInt() >= UnsuccessfulEnd.STATUS_MIN
        : !possiblePhases().contains(Phase.FINISHED);
  }

  /// Whether an operation is to be found.
  public boolean matches(Operation operation) {
    var state = operation.state();
    return inRange(operation.id())
        && (phases.isEmpty() || phases.contains(Phase.of(state)))
        && (errorCode.isEmpty() || errorCode.equals(errorCode(state)))
        && caller.matches(operation.caller())
        && (route.isEmpty() || route.get().equals(operation.route()))
        && (statusCode.isEmpty() || statusCode.getAsInt() == statusCode(state))
        && (reference.isEmpty() || reference.equals(operation.reference()))
        && (errorText.isEmpty() || contains(error(state), errorText.get()));
  }

  private boolean inRange(OperationId id) {
    return id.compareTo(from) >= 0 && id.compareTo(to) < 0;
  }

  private static boolean contains(Optional<String> error, String part) {
    return error
        .filter(text -> text.toLowerCase(Locale.ROOT).contains(part.toLowerCase(Locale.ROOT)))
        .isPresent();
  }

  /// Why an operation ended without a response; empty if it has not, or has one.
  public static Optional<ErrorCode> errorCode(State state) {
    return switch (state) {
      case State.Failed failed -> Optional.of(failed.code());
      case State.Canceled _ -> Optional.of(ErrorCode.CANCELED);
      case State.Queued _, State.Held _, State.Running _, State.Finished _ -> Optional.empty();
    };
  }

  /// The error message of an ended operation, or the last error of one that waits.
  public static Optional<String> error(State state) {
    return switch (state) {
      case State.Queued queued -> queued.lastError();
      case State.Held(var queued) -> queued.lastError();
      case State.Failed failed -> Optional.of(failed.reason());
      case State.Canceled canceled -> Optional.of(canceled.reason());
      case State.Running _, State.Finished _ -> Optional.empty();
    };
  }

  private static int statusCode(State state) {
    return state instanceof State.Finished finished ? finished.response().statusCode() : 0;
  }
}
