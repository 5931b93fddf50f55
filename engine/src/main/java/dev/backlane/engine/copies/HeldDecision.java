package dev.backlane.engine.copies;

import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.failure.StoreException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/// The decision of an operator about the held operations, recorded in the store for the gateway
/// that serves it. Immutable.
public final class HeldDecision {
  private static final String KIND = "held-decision";
  private static final String NAME = "all";
  private static final String RELEASE = "release";
  private static final String FAIL = "fail";

  private final RecordStore.Entry entry;

  private HeldDecision(RecordStore.Entry entry) {
    this.entry = entry;
  }

  /// The recorded decision.
  public static Optional<HeldDecision> of(RecordStore records) {
    return records.find(KIND, NAME).map(HeldDecision::new);
  }

  /// Records a decision, instead of an earlier one.
  ///
  /// @param fail whether the operations end; otherwise they are released
  public static void record(RecordStore records, boolean fail) {
    long version = of(records).map(earlier -> earlier.entry.version() + 1).orElse(0L);
    byte[] value = (fail ? FAIL : RELEASE).getBytes(StandardCharsets.US_ASCII);
    if (!records.put(List.of(new RecordStore.Entry(KIND, NAME, version, value)))) {
      throw new StoreException("another decision was recorded at the same time; try again");
    }
  }

  boolean fail() {
    return new String(entry.value(), StandardCharsets.US_ASCII).equals(FAIL);
  }

  /// Removes it once it was carried out. Another node may have removed it before.
  void done(RecordStore records) {
    var _ = records.remove(entry);
  }
}
