package dev.backlane.store.rocksdb.database;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// The column families. Their names are part of the format on the disk.
public enum Column {
  /// The column family that RocksDB requires; contains the value of the probe.
  DEFAULT("default"),
  /// id → progress of an operation that has not ended. Read when the store opens.
  ACTIVE("active"),
  /// id → progress of an operation that has ended.
  ENDED("ended"),
  /// id → how an operation ended that was not successful.
  UNSUCCESSFUL("unsuccessful"),
  /// id → the call.
  CALLS("calls"),
  /// id, part → a content, or the name of its file.
  CONTENTS("contents"),
  /// hour, owner's digest, id → nothing: the listings.
  OWNED("owned"),
  /// day, digest of the idempotency key → id and fingerprint of the first call.
  KEYS("keys"),
  /// id → delivery that waits for an attempt or is in flight.
  DELIVERIES_DUE("deliveries-due"),
  /// id → delivery that has ended.
  DELIVERIES_ENDED("deliveries-ended"),
  /// kind, name → record of the gateway.
  RECORDS("records"),
  /// kind → observed time; kind, start of a bucket of ids → its latest end.
  EXPIRY("expiry");

  /// The columns that are pruned by ranges of ids, together with their operations.
  public static final List<Column> PRUNED_BY_ID = List.of(CALLS, ENDED, UNSUCCESSFUL, CONTENTS);

  private final String family;

  Column(String family) {
    this.family = family;
  }

  byte[] family() {
    return family.getBytes(StandardCharsets.US_ASCII);
  }
}
