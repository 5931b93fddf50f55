package dev.backlane.engine.memory;

/// The bytes that one user holds of a [MemoryBudget]. Closing returns them all. For one thread at a
/// time.
public final class Reservation implements AutoCloseable {
  private final MemoryBudget budget;
  private final boolean overdraft;
  private long bytes;

  Reservation(MemoryBudget budget, boolean overdraft) {
    this.budget = budget;
    this.overdraft = overdraft;
  }

  /// Adds bytes unless little of the budget is left: the last eighth is kept for [#require], so
  /// that small bodies are accepted while large ones are refused or spooled.
  ///
  /// @return whether they were added
  public boolean tryGrow(long more) {
    return added(more, budget.tryReserve(more, budget.bytesMax() - budget.bytesMax() / 8));
  }

  /// Adds bytes that the user cannot do without.
  ///
  /// @throws OverBudgetException if they exceed the budget and this is no overdraft; nothing is
  ///     added then
  public void require(long more) {
    if (overdraft) {
      budget.reserve(more);
      bytes += more;
    } else if (!added(more, budget.tryReserve(more, budget.bytesMax()))) {
      throw new OverBudgetException(budget.bytesMax());
    }
  }

  private boolean added(long more, boolean granted) {
    bytes += granted ? more : 0;
    return granted;
  }

  /// Returns all bytes but `remaining`; does nothing if fewer are held.
  public void shrinkTo(long remaining) {
    if (remaining < bytes) {
      budget.release(bytes - remaining);
      bytes = remaining;
    }
  }

  /// Returns all bytes. Idempotent.
  @Override
  public void close() {
    shrinkTo(0);
  }
}
