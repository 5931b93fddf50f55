package dev.backlane.postgres.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The servers run the expected versions, and committed data survives stops and kills.
@Timeout(120)
final class PostgresServerTest {
  @ParameterizedTest
  @EnumSource
  void runsTheExpectedVersionWithDurableCommits(PostgresVersion version) throws Exception {
    try (var server = PostgresServer.start(version, Map.of("work_mem", "5MB"))) {
      server.createDatabase("first");
      try (var connection = server.connect("first")) {
        // Released as 18.6.0, it reports 18.6.
        assertThat(released(version) + ".").startsWith(shown(connection, "server_version") + ".");
        for (var setting : new String[] {"fsync", "synchronous_commit", "full_page_writes"}) {
          assertThat(shown(connection, setting)).as(setting).isEqualTo("on");
        }
        assertThat(shown(connection, "max_connections")).isEqualTo("200");
        assertThat(shown(connection, "work_mem")).isEqualTo("5MB");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void startsAgainWithItsDataAfterAStopOrAKill(PostgresVersion version) throws Exception {
    try (var server = PostgresServer.start(version)) {
      server.createDatabase("kept");
      try (var connection = server.connect("kept")) {
        run(connection, "CREATE TABLE lines (text text)");
        run(connection, "INSERT INTO lines VALUES ('before the stop')");
        server.stop();
        assertThatThrownBy(() -> run(connection, "SELECT 1")).isInstanceOf(SQLException.class);
      }
      assertThatThrownBy(() -> server.connect("kept")).hasMessageContaining("refused");
      server.startAgain();
      try (var connection = server.connect("kept")) {
        run(connection, "INSERT INTO lines VALUES ('before the kill')");
        server.kill();
      }
      assertThatThrownBy(() -> server.connect("kept")).hasMessageContaining("refused");
      server.startAgain();
      try (var connection = server.connect("kept")) {
        assertThat(first(connection, "SELECT string_agg(text, ', ') FROM lines"))
            .isEqualTo("before the stop, before the kill");
      }
      assertThat(server.log()).contains("database system was not properly shut down");
    }
  }

  @ParameterizedTest
  @EnumSource
  void userOwnsOnlyItsDatabase(PostgresVersion version) throws Exception {
    try (var server = PostgresServer.start(version)) {
      var url = server.createDatabase("owned");
      try (var connection = server.connect("owned")) {
        run(connection, "CREATE SCHEMA own");
        assertThat(shown(connection, "is_superuser")).isEqualTo("off");
      }
      assertThatThrownBy(() -> DriverManager.getConnection(url, server.user(), "wrong"))
          .hasMessageContaining("password authentication failed");
      try (var connection = server.connectAsSuperuser("owned")) {
        var before = server.cpu();
        run(connection, "SELECT sum(n) FROM generate_series(1, 1000000) AS n");
        assertThat(server.cpu()).isGreaterThan(before);
        run(connection, "CREATE EXTENSION pg_stat_statements");
        assertThat(first(connection, "SELECT count(*) > 0 FROM pg_stat_statements")).isEqualTo("t");
        server.dropDatabase("owned");
      }
      assertThatThrownBy(() -> server.connect("owned")).hasMessageContaining("does not exist");
    }
  }

  @ParameterizedTest
  @EnumSource
  void promotedStandbyHasAllCommittedData(PostgresVersion version) throws Exception {
    try (var primary = PostgresServer.start(version)) {
      primary.createDatabase("followed");
      try (var standby = primary.startStandby()) {
        try (var connection = primary.connect("followed")) {
          run(connection, "CREATE TABLE lines (text text)");
          run(connection, "INSERT INTO lines VALUES ('committed')");
        }
        try (var connection = standby.connect("followed")) {
          assertThatThrownBy(() -> run(connection, "CREATE TABLE refused ()"))
              .hasMessageContaining("read-only");
        }
        primary.kill();
        standby.promote();
        try (var connection = standby.connect("followed")) {
          assertThat(first(connection, "SELECT text FROM lines")).isEqualTo("committed");
          run(connection, "INSERT INTO lines VALUES ('goes on')");
        }
      }
    }
  }

  private static String released(PostgresVersion version) {
    var property = "postgres-binaries." + version.name().toLowerCase(Locale.ROOT) + ".version";
    return System.getProperty(property, "(unknown)");
  }

  private static String shown(Connection connection, String setting) throws SQLException {
    return first(connection, "SHOW " + setting);
  }

  private static String first(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      assertThat(rows.next()).isTrue();
      return rows.getString(1);
    }
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
