package dev.backlane.app;

/// Something around the program keeps it from starting: a taken port, a locked or damaged data directory, a missing
/// file. Its message is one line for the operator: what is wrong and what mends it.
final class StartException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StartException(String message) {
    super(message);
  }

  StartException(String message, Throwable cause) {
    super(message, cause);
  }
}
