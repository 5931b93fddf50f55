package dev.backlane.engine.background;

import dev.backlane.engine.memory.OutOfMemory;

/// Ends a background thread whose process has ended, in simulated time. All other errors are
/// handled by [Loop].
public abstract class ProcessEndedError extends Error {
  private static final long serialVersionUID = 1L;

  /// Without a stack trace.
  protected ProcessEndedError(String message) {
    super(message, null, false, false);
  }

  /// Handles the failures after which no work may continue: throws a [ProcessEndedError] on, and
  /// ends the process after an [OutOfMemoryError]. Every place that catches an [Error] and
  /// continues calls this.
  public static void passOn(Throwable failure) {
    if (failure instanceof ProcessEndedError ended) {
      throw ended;
    }
    OutOfMemory.endProcess(failure);
  }
}
