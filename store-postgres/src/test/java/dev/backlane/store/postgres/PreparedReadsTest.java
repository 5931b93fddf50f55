package dev.backlane.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.background.Threads;
import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import dev.backlane.store.postgres.sql.ConnectionSettings;
import dev.backlane.store.postgres.sql.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class PreparedReadsTest {
  private static final String READ = "SELECT 1 WHERE 1 = ?";

  /// Connects, reads twice, and returns how many statements the session keeps prepared.
  private static int prepared(PostgresServer server, boolean ownSessions) {
    var settings =
        new ConnectionSettings(
            server.url("prepared"),
            Optional.of(server.user()),
            Optional.of(server.password()),
            3,
            ownSessions);
    try (var database = Database.connect(settings, Threads.VIRTUAL)) {
      return database.read(connection -> {
        read(database, connection);
        read(database, connection);
        try (var query = connection.createStatement();
            var row = query.executeQuery("SELECT count(*) FROM pg_prepared_statements")) {
          row.next();
          return row.getInt(1);
        }
      });
    }
  }

  private static void read(Database database, Connection connection) throws SQLException {
    try (var query = database.prepare(connection, READ)) {
      query.setInt(1, 1);
      try (var row = query.executeQuery()) {
        assertThat(row.next()).isTrue();
      }
    }
  }

  @Test
  void keepsReadsPreparedUnlessAPoolerMayPassOnTheSession() throws Exception {
    try (var server = PostgresServer.start(PostgresVersion.NEWEST)) {
      server.createDatabase("prepared");
      assertThat(List.of(prepared(server, true), prepared(server, false))).containsExactly(1, 0);
    }
  }
}
