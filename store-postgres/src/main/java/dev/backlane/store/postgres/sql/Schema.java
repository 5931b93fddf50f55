package dev.backlane.store.postgres.sql;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.store.failure.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Migrates the tables to this version. Migrations only add columns and tables, and a node accepts
/// migrations of a newer version, so that two versions can run at the same time. Stateless.
public final class Schema {
  /// The location of this version's migrations.
  public static final String MIGRATIONS = "classpath:dev/backlane/store/postgres/migration";

  private static final int SERVER_VERSION_MIN = 14;
  private static final int VERSION_PARTS = 10_000;

  /// The maximum number of attempts of a migration that cannot lock its tables. Each attempt is
  /// short, because the statements of all nodes queue behind it while it waits.
  private static final int ATTEMPTS_MAX = 3;

  private static final Duration RETRY_WAIT = Duration.ofSeconds(1);

  /// The key of the advisory lock of the migrating process: an arbitrary number.
  private static final long LOCK = 0x6261636b6c616e65L;

  private static final Logger LOG = LoggerFactory.getLogger(Schema.class);

  private Schema() {}

  /// @throws StoreException if the server is too old or does not guarantee durability, a migration
  ///     fails, or the tables belong to a later version that is incompatible with this one
  public static void prepare(Database database) {
    prepare(database, MIGRATIONS);
  }

  /// As [#prepare(Database)], with the migrations of another version.
  public static void prepare(Database database, String... locations) {
    database.use(connection -> {
      checkServer(connection);
      Standbys.warnIfAsynchronous(connection);
      return true;
    });
    try {
      var flyway =
          Flyway.configure(Schema.class.getClassLoader())
              .dataSource(database.withoutTimeout())
              .locations(locations)
              .callbacks(new LockTimeoutCallback())
              .table("backlane_schema_history")
              .baselineOnMigrate(true)
              .baselineVersion("0")
              .load();
      var migrations = ownMigrations(flyway);
      if (!migrations.stream().allMatch(Schema::applied)) {
        runExclusively(database, () -> migrate(flyway));
        migrations = ownMigrations(flyway);
      }
      checkUsable(database, migrations);
    } catch (FlywayException failed) {
      throw new StoreException(
          "the tables in PostgreSQL cannot be migrated to this version: "
              + (lockedByAnother(failed)
                  ? "another transaction has locked one of them for too long, such as a dump or an idle session: end it,"
                      + " and start again"
                  : String.valueOf(failed.getMessage()).lines().findFirst().orElse("")),
          failed);
    }
  }

  /// The migrations of this version, applied or not.
  private static List<MigrationInfo> ownMigrations(Flyway flyway) {
    return Arrays.stream(flyway.info().all())
        .filter(migration -> migration.getState().isResolved())
        .toList();
  }

  /// Whether a migration was applied as it is. Otherwise [Flyway#migrate] applies it, or reports
  /// what is wrong; a start is faster without that.
  private static boolean applied(MigrationInfo migration) {
    var state = migration.getState();
    return state.isApplied() && !state.isFailed() && migration.isChecksumMatching();
  }

  /// Runs work on one node at a time: Flyway fails if two nodes create its table simultaneously.
  private static void runExclusively(Database database, Runnable work) {
    try (var guard = database.withoutTimeout().getConnection();
        var lock = guard.createStatement()) {
      // A transaction lock, because a connection pooler may pass the session to another client.
      guard.setAutoCommit(false);
      lock.execute("SET LOCAL lock_timeout = '5min'");
      lock.execute("SELECT pg_advisory_xact_lock(" + LOCK + ")");
      work.run();
    } catch (SQLException fault) {
      throw new StoreException(
          DatabaseFault.locked(fault)
              ? "another node has been migrating the tables in PostgreSQL for 5 min: check what it waits for, and start again"
              : "the tables in PostgreSQL cannot be migrated to this version: "
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
        if (attempt == ATTEMPTS_MAX || !lockedByAnother(failed)) {
          throw failed;
        }
        LOG.info(
            "another transaction has locked a table that is to be migrated; retrying in {} s",
            RETRY_WAIT.toSeconds());
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Threads.VIRTUAL.signal().await(RETRY_WAIT);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new StoreException("the migration of the tables was interrupted", interrupted);
    }
  }

  private static boolean lockedByAnother(FlywayException failed) {
    return Stream.<Throwable>iterate(failed, cause -> cause != null, Throwable::getCause)
        .anyMatch(cause -> cause instanceof SQLException fault && DatabaseFault.locked(fault));
  }

  private static void checkUsable(Database database, List<MigrationInfo> migrations) {
    var newest =
        migrations.stream()
            .map(MigrationInfo::getVersion)
            .max(MigrationVersion::compareTo)
            .orElseThrow();
    var since =
        database.use(connection -> {
          try (var query = connection.prepareStatement("SELECT oldest_usable_version FROM layout");
              var row = query.executeQuery()) {
            row.next();
            return MigrationVersion.fromVersion(row.getString(1));
          }
        });
    if (newest.compareTo(since) < 0) {
      throw new StoreException(
          "the tables in PostgreSQL belong to a later version of Backlane and are incompatible with this one: start that"
              + " version, or restore a backup");
    }
  }

  /// @throws StoreException if the server is too old or does not guarantee durability; the message
  ///     ends with the fix
  public static void checkServer(Connection connection) throws SQLException {
    int version = Integer.parseInt(setting(connection, "server_version_num")) / VERSION_PARTS;
    if (version < SERVER_VERSION_MIN) {
      throw new StoreException(
          "PostgreSQL " + version + " is too old: Backlane needs 14 or newer; upgrade the server");
    }
    var commit = setting(connection, "synchronous_commit");
    if (commit.equals("off")) {
      throw new StoreException(
          "PostgreSQL has synchronous_commit off, so accepted calls could be lost in a crash: set it to on, such as with"
              + " ALTER ROLE … SET synchronous_commit = on");
    }
    if (setting(connection, "fsync").equals("off")) {
      throw new StoreException(
          "PostgreSQL has fsync off, so accepted calls could be lost in a crash: set it to on");
    }
  }

  private static String setting(Connection connection, String name) throws SQLException {
    try (var query = connection.prepareStatement("SELECT current_setting(?)")) {
      query.setString(1, name);
      try (var row = query.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    }
  }
}
