package dev.backlane.app.demo;

/// A step of the demo did not show what it must. Its message is one line: what was expected, and what came.
final class DemoFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DemoFailedException(String message) {
    super(message);
  }

  DemoFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
