package dev.backlane.engine.transfer;

import dev.backlane.engine.codec.KeyUse;
import dev.backlane.engine.codec.StoredDelivery;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.transfer.TransferProgress.Kind;
import java.util.EnumMap;
import java.util.Map;

/// The checksums of the items that were read, one per kind. For one thread.
final class Checksums {
  private final Map<Kind, Checksum> sums = new EnumMap<>(Kind.class);

  Checksums() {
    for (var kind : Kind.values()) {
      sums.put(kind, new Checksum());
    }
  }

  Checksum of(Kind kind) {
    var sum = sums.get(kind);
    if (sum == null) {
      throw new IllegalStateException("no sum of " + kind);
    }
    return sum;
  }

  void add(KeyUse use) {
    of(Kind.KEYS).part(use.digest()).part(use.first().bytes()).part(use.fingerprint()).end();
  }

  void add(StoredDelivery delivery) {
    of(Kind.DELIVERIES).part(delivery.id().bytes()).part(delivery.record()).end();
  }

  void add(RecordStore.Entry entry) {
    of(Kind.RECORDS)
        .part(entry.kind())
        .part(entry.name())
        .length(entry.version())
        .part(entry.value())
        .end();
  }

  long count() {
    return sums.values().stream().mapToLong(Checksum::count).sum();
  }

  long bytes() {
    return sums.values().stream().mapToLong(Checksum::bytes).sum();
  }
}
