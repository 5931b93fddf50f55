package dev.backlane.engine.transfer;

/// Receives the progress of a transfer.
@FunctionalInterface
public interface TransferProgress {
  /// A phase of a transfer.
  enum Step {
    COPYING,
    VERIFYING
  }

  /// The kinds of items that are transferred.
  enum Kind {
    OPERATIONS,
    KEYS,
    DELIVERIES,
    RECORDS
  }

  /// Called after each page.
  ///
  /// @param done items of all kinds so far in this step
  /// @param total the estimated number of items
  /// @param bytes the bytes so far in this step
  void at(Step step, Kind kind, long done, long total, long bytes);
}
