package dev.backlane.store.postgres.partition;

import dev.backlane.engine.operation.OperationId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// Tables whose partitions come and go together.
public enum PartitionGroup {
  /// By the operation's id, so by the time of its receipt.
  OPERATION("operation", "call", "outcome", "chunk") {
    @Override
    String bound(long millis) {
      return "'" + OperationId.lowest(Instant.ofEpochMilli(millis)) + "'";
    }
  },

  /// By the delivery's id.
  DELIVERY("delivery", "delivery_ended") {
    @Override
    String bound(long millis) {
      return OPERATION.bound(millis);
    }
  },

  /// By the day on which a key was used.
  KEY("key", "idempotency_key") {
    @Override
    String bound(long millis) {
      return String.valueOf(millis / DAY.toMillis());
    }
  };

  public static final Duration DAY = Duration.ofDays(1);

  private final String stored;

  @SuppressWarnings("ImmutableEnumChecker") // Unmodifiable.
  private final List<String> tables;

  PartitionGroup(String stored, String... tables) {
    this.stored = stored;
    this.tables = List.of(tables);
  }

  /// As the database names it.
  String stored() {
    return stored;
  }

  List<String> tables() {
    return tables;
  }

  /// A partition's bound at a time, as SQL.
  abstract String bound(long millis);
}
