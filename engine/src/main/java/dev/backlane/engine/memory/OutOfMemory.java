package dev.backlane.engine.memory;

/// What follows an [OutOfMemoryError]: the end of the process, so that its supervisor restarts it.
/// A process that continues without memory may neither work nor end, and holds the lock of its
/// store. Every place that catches a [Throwable] calls this. The launchers set
/// `-XX:+ExitOnOutOfMemoryError`, which ends the process earlier; that option does not cover direct
/// buffers and threads. Stateless.
public final class OutOfMemory {
  /// The exit code of `-XX:+ExitOnOutOfMemoryError`.
  public static final int EXIT_CODE = 3;

  private OutOfMemory() {}

  /// Ends the process at once if the failure, or one of its causes, is an [OutOfMemoryError]. No
  /// accepted operation is lost, since each is durable.
  public static void endProcess(Throwable failure) {
    if (isCauseOf(failure)) {
      // Not logged: that would need memory. halt, because shutdown hooks would need it too.
      Runtime.getRuntime().halt(EXIT_CODE);
    }
  }

  /// Whether a failure, or one of its causes, is an [OutOfMemoryError].
  static boolean isCauseOf(Throwable failure) {
    var cause = failure;
    for (int depth = 0; cause != null && depth < 16; depth++) {
      if (cause instanceof OutOfMemoryError) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }
}
