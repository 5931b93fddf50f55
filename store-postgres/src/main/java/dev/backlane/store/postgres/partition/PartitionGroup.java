package dev.backlane.store.postgres.partition;

import dev.backlane.engine.operation.OperationId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// Tables whose partitions are created and dropped together.
public enum PartitionGroup {
  /// Partitioned by the id of the operation, which begins with the time of receipt.
  OPERATION("operation", "call", "outcome", "chunk") {
    @Override
    String bound(long millis) {
      return "'" + OperationId.lowest(Instant.ofEpochMilli(millis)) + "'";
    }
  },

  /// Partitioned by the id of the delivery.
  DELIVERY("delivery", "delivery_ended") {
    @Override
    String bound(long millis) {
      return OPERATION.bound(millis);
    }
  },

  /// Partitioned by the day on which a key was used.
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

  /// Its name in the database.
  String stored() {
    return stored;
  }

  List<String> tables() {
    return tables;
  }

  /// The bound of a partition at a time, as SQL.
  abstract String bound(long millis);
}
