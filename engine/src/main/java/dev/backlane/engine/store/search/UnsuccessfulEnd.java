package dev.backlane.engine.store.search;

import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.State;

/// The end of an operation as a number, by which stores index the operations that were not
/// successful: those without a response, and those whose response is an error. The numbers are part
/// of the stored format. Stateless.
public final class UnsuccessfulEnd {
  /// The number of a success.
  public static final int NONE = 0;

  /// The lowest status code of an error.
  static final int STATUS_MIN = 400;

  private static final int FAILED = 1_000;
  private static final int CANCELED = 2_000;

  private UnsuccessfulEnd() {}

  /// The number of a state; [#NONE] if the operation has not ended, or has succeeded.
  public static int of(State state) {
    return switch (state) {
      case State.Failed failed -> FAILED + failed.code().number();
      case State.Canceled _ -> CANCELED;
      case State.Finished finished ->
          finished.response().statusCode() >= STATUS_MIN ? finished.response().statusCode() : NONE;
      case State.Queued _, State.Held _, State.Running _ -> NONE;
    };
  }

  /// Whether an operation with this number can match a filter. So the operation is read only if it
  /// can.
  public static boolean mayMatch(int number, OperationFilter filter) {
    if (number == CANCELED) {
      return filter.possiblePhases().contains(Phase.CANCELED)
          && filter.errorCode().map(code -> code == ErrorCode.CANCELED).orElse(true);
    }
    if (number > FAILED) {
      return filter.possiblePhases().contains(Phase.FAILED)
          && filter.errorCode().map(code -> FAILED + code.number() == number).orElse(true);
    }
    return filter.possiblePhases().contains(Phase.FINISHED)
        && (filter.statusCode().isEmpty() || filter.statusCode().getAsInt() == number);
  }
}
