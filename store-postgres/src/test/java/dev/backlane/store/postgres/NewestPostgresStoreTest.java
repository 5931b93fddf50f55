package dev.backlane.store.postgres;

import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

final class NewestPostgresStoreTest extends PostgresStoreContract {
  @SuppressWarnings("NullAway.Init") // Before all tests.
  private static PostgresServer server;

  @BeforeAll
  static void startServer() {
    server = PostgresServer.start(PostgresVersion.NEWEST);
    prepare(server);
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @Override
  PostgresServer server() {
    return server;
  }
}
