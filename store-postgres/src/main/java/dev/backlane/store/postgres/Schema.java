package dev.backlane.store.postgres;

import dev.backlane.engine.store.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/// Brings the tables to this version's layout. Migrations only add, and one that a newer node has made already is left alone:
/// two versions may run at once. Stateless.
final class Schema {
  private static final int SERVER_VERSION_MIN = 14;
  private static final int VERSION_PARTS = 10_000;

  private Schema() {}

  /// @throws StoreException if the server is too old or does not promise durability, or a migration fails
  static void prepare(Database database) {
    database.use(connection -> {
      checkServer(connection);
      return true;
    });
    try {
      Flyway.configure(Schema.class.getClassLoader())
          .dataSource(database.dataSource())
          .locations("classpath:dev/backlane/store/postgres/migration")
          .table("backlane_schema_history")
          .baselineOnMigrate(true)
          .baselineVersion("0")
          .load()
          .migrate();
    } catch (FlywayException failed) {
      throw new StoreException(
          "the tables in PostgreSQL cannot be made or brought to this version: "
              + String.valueOf(failed.getMessage()).lines().findFirst().orElse(""),
          failed);
    }
  }

  private static void checkServer(Connection connection) throws SQLException {
    int version = Integer.parseInt(setting(connection, "server_version_num")) / VERSION_PARTS;
    if (version < SERVER_VERSION_MIN) {
      throw new StoreException(
          "PostgreSQL " + version + " is too old: Backlane needs 14 or newer; upgrade the server");
    }
    var commit = setting(connection, "synchronous_commit");
    if (commit.equals("off")) {
      throw new StoreException(
          "PostgreSQL has synchronous_commit off, so a 202 would promise what a crash can take back: set it to on, such as by"
              + " ALTER ROLE … SET synchronous_commit = on");
    }
    if (setting(connection, "fsync").equals("off")) {
      throw new StoreException(
          "PostgreSQL has fsync off, so a 202 would promise what a crash can take back: set it to on");
    }
  }

  private static String setting(Connection connection, String name) throws SQLException {
    try (var ask = connection.prepareStatement("SELECT current_setting(?)")) {
      ask.setString(1, name);
      try (var row = ask.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    }
  }
}
