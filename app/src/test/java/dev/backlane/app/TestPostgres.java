package dev.backlane.app;

import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import dev.backlane.store.postgres.PostgresSettings;
import dev.backlane.store.postgres.PostgresStore;
import java.time.Duration;
import java.util.Optional;

/// One PostgreSQL server for all test classes of this module, since its start takes longer than
/// their tests. It ends with the process.
public final class TestPostgres {
  private static final String PREPARED = "prepared";

  /// Started at the first use.
  public static final PostgresServer SERVER = start();

  private TestPostgres() {}

  private static PostgresServer start() {
    var server = PostgresServer.start(PostgresVersion.NEWEST);
    Runtime.getRuntime().addShutdownHook(new Thread(server::close));
    server.createDatabase(PREPARED);
    PostgresStore.open(settings(server, PREPARED)).close();
    return server;
  }

  /// Creates a database with the empty tables of a store.
  public static void createDatabase(String name) {
    SERVER.createDatabase(name, PREPARED);
  }

  public static PostgresSettings settings(String database) {
    return settings(SERVER, database);
  }

  private static PostgresSettings settings(PostgresServer server, String database) {
    return new PostgresSettings(
        server.url(database),
        Optional.of(server.user()),
        Optional.of(server.password()),
        4,
        false,
        Duration.ofHours(24));
  }
}
