package dev.backlane.store.postgres.sql;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.store.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings the tables to this version's layout. Migrations only add, and one that a newer node has made already is left alone:
/// two versions may run at once. Stateless.
public final class Schema {
  /// Where this version's migrations lie.
  public static final String MIGRATIONS = "classpath:dev/backlane/store/postgres/migration";

  private static final int SERVER_VERSION_MIN = 14;
  private static final int VERSION_PARTS = 10_000;

  /// A migration that cannot have its tables steps back and tries again: all nodes wait behind it as long as it waits.
  private static final int TRIES_MAX = 3;

  private static final Duration PAUSE = Duration.ofSeconds(1);

  /// Names the lock of whoever makes the tables. Of no meaning.
  private static final long LOCK = 0x6261636b6c616e65L;

  private static final Logger LOG = LoggerFactory.getLogger(Schema.class);

  private Schema() {}

  /// @throws StoreException if the server is too old or does not promise durability, a migration fails, or the tables are a later
  ///     version's that nodes of this one cannot work with
  public static void prepare(Database database) {
    prepare(database, MIGRATIONS);
  }

  /// As above, with the migrations of another version.
  public static void prepare(Database database, String... locations) {
    database.use(connection -> {
      checkServer(connection);
      return true;
    });
    try {
      var flyway =
          Flyway.configure(Schema.class.getClassLoader())
              .dataSource(database.patient())
              .locations(locations)
              .callbacks(new LockTimeoutCallback())
              .table("backlane_schema_history")
              .baselineOnMigrate(true)
              .baselineVersion("0")
              .load();
      alone(database, () -> migrate(flyway));
      checkUsable(database, flyway);
    } catch (FlywayException failed) {
      throw new StoreException(
          "the tables in PostgreSQL cannot be made or brought to this version: "
              + (lockedByAnother(failed)
                  ? "another transaction has held one of them for long, such as a dump or a session that was left open: end it,"
                      + " and start again"
                  : String.valueOf(failed.getMessage()).lines().findFirst().orElse("")),
          failed);
    }
  }

  /// One node after the other: Flyway fails where two that find nothing make its own table at the same moment.
  private static void alone(Database database, Runnable work) {
    try (var guard = database.patient().getConnection();
        var lock = guard.createStatement()) {
      // Of a transaction and not of a session, which a pooler may give to another; ends with it.
      guard.setAutoCommit(false);
      lock.execute("SET LOCAL lock_timeout = '5min'");
      lock.execute("SELECT pg_advisory_xact_lock(" + LOCK + ")");
      work.run();
    } catch (SQLException fault) {
      throw new StoreException(
          DatabaseFault.locked(fault)
              ? "another node has been making the tables in PostgreSQL for 5 min: see what it waits for, and start again"
              : "the tables in PostgreSQL cannot be made or brought to this version: "
                  + DatabaseFault.message(fault),
          fault);
    }
  }

  private static void migrate(Flyway flyway) {
    for (int attempt = 1; ; attempt++) {
      try {
        flyway.migrate();
        return;
      } catch (FlywayException failed) {
        if (attempt == TRIES_MAX || !lockedByAnother(failed)) {
          throw failed;
        }
        LOG.info("another transaction holds a table that is to be migrated; trying again");
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Threads.VIRTUAL.signal().await(PAUSE);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new StoreException("the migration of the tables was interrupted", interrupted);
    }
  }

  private static boolean lockedByAnother(FlywayException failed) {
    return Stream.<Throwable>iterate(failed, cause -> cause != null, Throwable::getCause)
        .anyMatch(cause -> cause instanceof SQLException fault && DatabaseFault.locked(fault));
  }

  private static void checkUsable(Database database, Flyway flyway) {
    var newest =
        Arrays.stream(flyway.info().all())
            .filter(migration -> migration.getState().isResolved())
            .map(MigrationInfo::getVersion)
            .max(MigrationVersion::compareTo)
            .orElseThrow();
    var since =
        database.use(connection -> {
          try (var ask = connection.prepareStatement("SELECT usable_since FROM layout");
              var row = ask.executeQuery()) {
            row.next();
            return MigrationVersion.fromVersion(row.getString(1));
          }
        });
    if (newest.compareTo(since) < 0) {
      throw new StoreException(
          "the tables in PostgreSQL are those of a later version of Backlane, with which this one cannot work: start that"
              + " version, or restore a backup");
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
