package dev.backlane.store.rocksdb;

import java.nio.charset.StandardCharsets;

/// The column families. Their names are part of the format on the disk.
enum Column {
  /// RocksDB wants a family of this name; holds the probe's mark.
  DEFAULT("default"),
  /// id → progress of an operation that has not ended. What a start reads.
  ACTIVE("active"),
  /// id → progress of an operation that has ended.
  ENDED("ended"),
  /// id → the call.
  CALLS("calls"),
  /// id, part → a content, or where its file is.
  CONTENTS("contents"),
  /// hour, owner's digest, id → nothing: the listings.
  OWNED("owned"),
  /// day, digest of the idempotency key → id and fingerprint of the first call.
  KEYS("keys"),
  /// id → delivery that waits for an attempt.
  DELIVERIES_DUE("deliveries-due"),
  /// id → delivery that has ended.
  DELIVERIES_ENDED("deliveries-ended"),
  /// kind, name → record of the gateway's own.
  RECORDS("records");

  private final String family;

  Column(String family) {
    this.family = family;
  }

  byte[] family() {
    return family.getBytes(StandardCharsets.US_ASCII);
  }
}
