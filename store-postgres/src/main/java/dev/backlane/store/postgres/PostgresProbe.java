package dev.backlane.store.postgres;

import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Schema;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/// What one connection to a database shows about it. Changes nothing in the database.
///
/// @param serverVersion the major version of the server
/// @param empty whether the tables of the store do not exist yet
/// @param ahead by how much the clock of this machine is ahead of the database's
/// @param warnings what does not prevent the start
public record PostgresProbe(
    int serverVersion, boolean empty, Duration ahead, List<Warning> warnings) {
  private static final int VERSION_PARTS = 10_000;

  /// One more connection is opened for `LISTEN`, and one for migrations.
  private static final int OTHER_CONNECTIONS = 2;

  /// Something to improve.
  public record Warning(String what, String fix) {}

  public PostgresProbe {
    warnings = List.copyOf(warnings);
  }

  /// Connects, reads and disconnects, within 15 s.
  ///
  /// @param clock of this machine
  /// @throws StoreException if a gateway could not use the database; the message ends with the fix,
  ///     after a semicolon
  public static PostgresProbe run(PostgresSettings settings, InstantSource clock) {
    try (var connection = Database.open(settings.connections())) {
      Schema.checkServer(connection);
      refuseReadOnly(connection);
      boolean empty = text(connection, "SELECT to_regclass('active_operation')::text").isEmpty();
      if (empty) {
        requireCreate(connection);
      }
      return new PostgresProbe(
          Integer.parseInt(text(connection, "SHOW server_version_num")) / VERSION_PARTS,
          empty,
          ahead(connection, clock),
          warnings(connection, settings));
    } catch (SQLException failed) {
      throw new StoreException(explain(failed, settings), failed);
    }
  }

  private static String explain(SQLException failed, PostgresSettings settings) {
    var why =
        String.valueOf(failed.getMessage()).lines().findFirst().orElse("").replaceAll("\\.$", "");
    var database = "PostgreSQL at " + settings.url();
    return switch (String.valueOf(failed.getSQLState())) {
      case "28P01", "28000" ->
          database + " refuses the user: " + why + "; correct store.user and store.password";
      case "3D000" ->
          database
              + " has no such database: "
              + why
              + "; create it (createdb), or correct store.url";
      case "53300" -> database + " has no free connection: " + why + "; raise its max_connections";
      default ->
          database
              + " cannot be reached: "
              + why
              + "; start it, or correct the host and the port of store.url";
    };
  }

  private static void refuseReadOnly(Connection connection) throws SQLException {
    if (text(connection, "SHOW transaction_read_only").equals("on")) {
      throw new StoreException(
          "PostgreSQL is read-only here, as a standby is; name the primary in store.url, or add"
              + " targetServerType=primary to it");
    }
  }

  private static void requireCreate(Connection connection) throws SQLException {
    if (!text(connection, "SELECT has_schema_privilege(current_schema(), 'CREATE')").equals("t")) {
      throw new StoreException(
          "the user of PostgreSQL may not create tables in the first schema of its search path; run:"
              + " GRANT CREATE ON SCHEMA public TO the user, or make it the owner of the database");
    }
  }

  private static Duration ahead(Connection connection, InstantSource clock) throws SQLException {
    Instant sent = clock.instant();
    var seconds = text(connection, "SELECT extract(epoch FROM clock_timestamp())::text");
    Instant received = clock.instant();
    var database = Instant.ofEpochMilli((long) (Double.parseDouble(seconds) * 1000));
    return Duration.between(database, sent.plus(Duration.between(sent, received).dividedBy(2)));
  }

  private static List<Warning> warnings(Connection connection, PostgresSettings settings)
      throws SQLException {
    var warnings = new ArrayList<Warning>();
    int max = Integer.parseInt(text(connection, "SHOW max_connections"));
    int needed = settings.connectionsMax() + OTHER_CONNECTIONS;
    if (max < needed) {
      warnings.add(
          new Warning(
              "PostgreSQL permits " + max + " connections, and this node alone opens " + needed,
              "raise max_connections, or lower store.connections-max"));
    }
    return warnings;
  }

  private static String text(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement();
        var row = statement.executeQuery(sql)) {
      row.next();
      var text = row.getString(1);
      return text == null ? "" : text;
    }
  }
}
