package dev.backlane.engine.memory;

/// More bytes were needed than are left of a [MemoryBudget]. Expected under load: the call is
/// refused and can be repeated later.
public final class OverBudgetException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  OverBudgetException(long bytesMax) {
    super("all " + bytesMax + " bytes of the memory for bodies are in use", null, false, false);
  }
}
