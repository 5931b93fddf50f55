package dev.backlane.protocol;

/// The trigger header is malformed. The message says what is wrong and how to fix it, and may be
/// shown to the caller.
public final class InvalidTriggerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  InvalidTriggerException(String message) {
    super(message);
  }

  /// The problem to return to the caller.
  public Problem problem() {
    return new Problem(ProblemType.INVALID_BACKGROUND_HEADER, String.valueOf(getMessage()));
  }
}
