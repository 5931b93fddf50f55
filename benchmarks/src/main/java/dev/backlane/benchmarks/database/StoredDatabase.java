package dev.backlane.benchmarks.database;

import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.store.postgres.PostgresSettings;
import dev.backlane.store.postgres.PostgresStore;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/// A separate database for one store. Stateless.
public record StoredDatabase(PostgresServer server, String name) {
  /// The default of the gateway: partitions span one hour.
  public static final Duration RETENTION = Duration.ofHours(24);

  private static final int CONNECTIONS = 6;

  /// Creates an empty database.
  public static StoredDatabase create(PostgresServer server, String name) {
    server.createDatabase(name);
    return new StoredDatabase(server, name);
  }

  /// Opens the store as a gateway does.
  public PostgresStore open() {
    return PostgresStore.open(settings());
  }

  /// Opens the store with another clock.
  public PostgresStore open(InstantSource clock) {
    return PostgresStore.open(settings(), clock);
  }

  private PostgresSettings settings() {
    return new PostgresSettings(
        server.url(name),
        Optional.of(server.user()),
        Optional.of(server.password()),
        CONNECTIONS,
        true,
        RETENTION);
  }

  /// Vacuums and checkpoints, as if the last writes were long ago.
  public void settle() throws SQLException {
    try (var meter = new DatabaseMeter(server, name)) {
      meter.run("VACUUM ANALYZE");
      meter.run("CHECKPOINT");
    }
  }
}
