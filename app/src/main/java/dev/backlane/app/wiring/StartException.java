package dev.backlane.app.wiring;

/// The environment prevents the start: a port in use, a locked or damaged data directory, a missing
/// file. The message is one line for the operator: what is wrong and how to fix it.
public final class StartException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public StartException(String message) {
    super(message);
  }

  public StartException(String message, Throwable cause) {
    super(message, cause);
  }
}
