package dev.backlane.engine.background;

/// Ends a background thread whose process has ended, in simulated time. All other errors are
/// handled by [Loop].
public abstract class ProcessEndedError extends Error {
  private static final long serialVersionUID = 1L;

  /// Without a stack trace.
  protected ProcessEndedError(String message) {
    super(message, null, false, false);
  }
}
