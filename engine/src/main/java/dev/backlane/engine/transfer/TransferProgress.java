package dev.backlane.engine.transfer;

/// Is told how far a transfer is.
@FunctionalInterface
public interface TransferProgress {
  /// What is being done.
  enum Step {
    COPYING,
    VERIFYING
  }

  /// What a step works on.
  enum Kind {
    OPERATIONS,
    KEYS,
    DELIVERIES,
    RECORDS
  }

  /// Told after each page.
  ///
  /// @param done things of all kinds in this step
  /// @param total about how many there are
  /// @param bytes of what is done
  void at(Step step, Kind kind, long done, long total, long bytes);
}
