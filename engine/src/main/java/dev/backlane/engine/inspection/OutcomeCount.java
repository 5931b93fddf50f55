package dev.backlane.engine.inspection;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.store.StoreStats;

/// Counts how operations have ended. For one thread.
public final class OutcomeCount {
  private long finished;
  private long failed;
  private long canceled;

  /// Adds operations with the same outcome.
  ///
  /// @param progress of one of them, or its first bytes
  /// @throws CorruptRecordException if it has not ended, or is damaged
  public void add(byte[] progress, long count) throws CorruptRecordException {
    switch (OperationCodec.end(progress)) {
      case FINISHED -> finished += count;
      case FAILED -> failed += count;
      case CANCELED -> canceled += count;
    }
  }

  public StoreStats.Ended total() {
    return new StoreStats.Ended(finished, failed, canceled);
  }
}
