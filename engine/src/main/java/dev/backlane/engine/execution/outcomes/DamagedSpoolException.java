package dev.backlane.engine.execution.outcomes;

/// A response in the spool directory is missing, truncated or altered.
public final class DamagedSpoolException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DamagedSpoolException(String message) {
    super(message);
  }

  DamagedSpoolException(String message, Throwable cause) {
    super(message, cause);
  }
}
