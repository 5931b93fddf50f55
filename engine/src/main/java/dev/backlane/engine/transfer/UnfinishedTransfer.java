package dev.backlane.engine.transfer;

import dev.backlane.engine.store.RecordStore;
import java.util.Optional;

/// The mark of a store whose transfer has started and not ended: a record that is written before
/// all others and removed last. Such a store must not be used. Stateless.
public final class UnfinishedTransfer {
  /// The record's kind.
  public static final String KIND = "transfer";

  /// The record's name.
  public static final String NAME = "unfinished";

  private UnfinishedTransfer() {}

  /// The record.
  public static RecordStore.Entry mark() {
    return new RecordStore.Entry(KIND, NAME, 0, new byte[0]);
  }

  /// Whether a record is the mark.
  public static boolean isMark(RecordStore.Entry record) {
    return record.kind().equals(KIND) && record.name().equals(NAME);
  }

  /// The mark of a store; empty if it has none.
  public static Optional<RecordStore.Entry> of(RecordStore records) {
    return records.find(KIND, NAME);
  }
}
