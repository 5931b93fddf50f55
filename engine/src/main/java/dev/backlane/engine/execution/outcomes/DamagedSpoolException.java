package dev.backlane.engine.execution.outcomes;

import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Verdict;

/// A response in the spool directory is missing, truncated or altered.
public final class DamagedSpoolException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DamagedSpoolException(String message) {
    super(message);
  }

  DamagedSpoolException(String message, Throwable cause) {
    super(message, cause);
  }

  /// The verdict of an attempt whose response is lost, instead of the one that it had.
  public static Verdict instead(Verdict verdict) {
    var responded =
        verdict instanceof Verdict.Responded(var response, var _)
            ? "the upstream responded with " + response.statusCode() + ", and "
            : "";
    return new Verdict.Unusable(
        ErrorCode.CONTENT_DAMAGED, responded + "the response was damaged before it was stored");
  }
}
