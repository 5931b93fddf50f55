package dev.backlane.protocol;

/// A trigger header that is malformed. The message says what is wrong and the mend, and is fit for the caller's eyes.
public final class InvalidTriggerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  InvalidTriggerException(String message) {
    super(message);
  }

  /// The problem document's content.
  public Problem problem() {
    return new Problem(ProblemType.INVALID_BACKGROUND_HEADER, String.valueOf(getMessage()));
  }
}
