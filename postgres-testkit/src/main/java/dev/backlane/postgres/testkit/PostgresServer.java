package dev.backlane.postgres.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// A real PostgreSQL server on 127.0.0.1 with its own data directory, which is deleted on close.
/// Commits are as durable as in production (`fsync` and related settings) and survive [#kill].
/// Thread-safe.
///
/// Its binaries are unpacked once per user into the temporary directory of the system. The server
/// runs as the user of this process. PostgreSQL refuses to run as root, so in that case it runs in
/// a user namespace (`unshare`).
public final class PostgresServer implements AutoCloseable {
  private static final String SUPERUSER = "postgres";

  /// An ordinary role, as recommended for a gateway: it owns the databases that are created here,
  /// and nothing else.
  private static final String USER = "backlane";

  private static final String PASSWORD = "a-password-of-the-tests";
  private static final Duration START_MAX = Duration.ofSeconds(60);
  private static final Duration END_MAX = Duration.ofSeconds(30);
  private static final int LOG_CHARS_MAX = 4_000;
  private static final Pattern DATABASE_NAME = Pattern.compile("[a-z][a-z0-9_]{0,62}");

  /// The first four settings make commits durable; the library that starts the server disables two
  /// of them by default.
  private static final Map<String, String> SETTINGS =
      Map.of(
          "fsync", "on",
          "synchronous_commit", "on",
          "full_page_writes", "on",
          "wal_sync_method", "fdatasync",
          "max_connections", "200",
          "shared_buffers", "256MB",
          "shared_preload_libraries", "pg_stat_statements",
          "listen_addresses", "127.0.0.1",
          "unix_socket_directories", "");

  /// The superuser may connect without a password; all others need one.
  private static final String ACCESS =
      """
      host all %s 127.0.0.1/32 scram-sha-256
      host all,replication %s 127.0.0.1/32 trust
      """
          .formatted(USER, SUPERUSER);

  /// The name of a standby on its primary.
  private static final String STANDBY = "standby";

  private final PostgresVersion version;
  private final Map<String, String> settings;
  private final int port = QuietPort.find();
  private final Path folder;
  private final Path log;
  private final Path dataFolder;
  private final ServerProcesses processes;
  private Optional<EmbeddedPostgres> running = Optional.empty();

  private PostgresServer(PostgresVersion version, Map<String, String> more) {
    this.version = version;
    this.settings = new TreeMap<>(SETTINGS);
    this.settings.putAll(more);
    try {
      this.folder = Files.createTempDirectory("backlane-postgres-").toRealPath();
    } catch (IOException refused) {
      throw new UncheckedIOException("no data directory can be created for PostgreSQL", refused);
    }
    this.log = folder.resolve("postgres.log");
    this.dataFolder = folder.resolve("data");
    this.processes = new ServerProcesses(dataFolder);
  }

  /// Starts a server; it accepts connections when this returns.
  public static PostgresServer start(PostgresVersion version) {
    return start(version, Map.of());
  }

  /// As [#start(PostgresVersion)], with parameters of `postgresql.conf` that override the defaults.
  ///
  /// @param settings values without spaces and quotes
  public static PostgresServer start(PostgresVersion version, Map<String, String> settings) {
    var server = new PostgresServer(version, settings);
    try {
      server.startAgain();
      server.asSuperuser("postgres", "CREATE ROLE " + USER + " LOGIN PASSWORD '" + PASSWORD + "'");
      return server;
    } catch (IllegalStateException failed) {
      server.close();
      throw failed;
    }
  }

  /// Starts a synchronous standby of this server: a commit is flushed to the standby's disk before
  /// it is reported (`synchronous_standby_names`). This server is stopped while its data is copied,
  /// so open connections are lost.
  public synchronized PostgresServer startStandby() {
    var standby = new PostgresServer(version, settings);
    try {
      stop();
      DataFolders.copy(dataFolder, standby.dataFolder);
      startAgain();
      standby.follow(port);
      asSuperuser("postgres", "ALTER SYSTEM SET synchronous_standby_names = '" + STANDBY + "'");
      reload();
      return standby;
    } catch (RuntimeException failed) {
      standby.close();
      throw failed;
    }
  }

  private synchronized void follow(int primary) {
    try {
      Files.createFile(dataFolder.resolve("standby.signal"));
      Files.writeString(
          dataFolder.resolve("postgresql.auto.conf"),
          "primary_conninfo = 'host=127.0.0.1 port=%d user=%s application_name=%s'%n"
              .formatted(primary, SUPERUSER, STANDBY));
    } catch (IOException refused) {
      throw new UncheckedIOException("PostgreSQL cannot be configured as a standby", refused);
    }
    startAgain();
  }

  /// Promotes a standby to a primary; it accepts writes when this returns.
  public void promote() {
    asSuperuser("postgres", "SELECT pg_promote()");
  }

  /// Sets a parameter for all sessions. In open sessions it applies from the next transaction on.
  public void set(String parameter, String value) {
    asSuperuser("postgres", "ALTER SYSTEM SET " + parameter + " = '" + value + "'");
    reload();
  }

  private void reload() {
    asSuperuser("postgres", "SELECT pg_reload_conf()");
  }

  /// Suspends all processes of the server until [#thaw]: connections stay open, new connections are
  /// accepted, and no connection receives a response.
  public void freeze() {
    processes.signal("STOP");
  }

  /// Resumes the server after [#freeze].
  public void thaw() {
    processes.signal("CONT");
  }

  /// The JDBC URL of a database.
  public String url(String database) {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
  }

  public int port() {
    return port;
  }

  /// The role that owns the databases; not a superuser.
  public String user() {
    return USER;
  }

  public String password() {
    return PASSWORD;
  }

  /// Creates an empty database, which [#user] owns.
  ///
  /// @param name lower case letters, digits and `_`, 63 at most
  /// @return its [#url]
  public String createDatabase(String name) {
    return createDatabase(name, "template1");
  }

  /// Creates a database as a copy of another one, which must have no connections.
  public String createDatabase(String name, String like) {
    asSuperuser(
        "postgres",
        "CREATE DATABASE %s OWNER %s TEMPLATE %s".formatted(checked(name), USER, checked(like)));
    return url(name);
  }

  /// Creates an empty database whose tables are in a separate folder, such as one on another disk.
  ///
  /// @param folder empty, and owned by the user of this process
  public String createDatabaseIn(Path folder, String name) {
    asSuperuser("postgres", "CREATE TABLESPACE %s LOCATION '%s'".formatted(checked(name), folder));
    asSuperuser(
        "postgres", "CREATE DATABASE %s OWNER %s TABLESPACE %s".formatted(name, USER, name));
    return url(name);
  }

  /// Drops a database and closes its connections. Does nothing if it does not exist.
  public void dropDatabase(String name) {
    asSuperuser("postgres", "DROP DATABASE IF EXISTS " + checked(name) + " WITH (FORCE)");
  }

  private static String checked(String name) {
    if (!DATABASE_NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("not a name for a database: " + name);
    }
    return name;
  }

  /// Opens a connection as [#user].
  public Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(url(database), USER, PASSWORD);
  }

  /// Opens a connection of the superuser, such as for `CREATE EXTENSION pg_stat_statements` or to
  /// end other connections.
  public Connection connectAsSuperuser(String database) throws SQLException {
    return DriverManager.getConnection(url(database), SUPERUSER, "");
  }

  private void asSuperuser(String database, String sql) {
    try (var connection = connectAsSuperuser(database);
        var statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException refused) {
      throw new IllegalStateException(sql + ": " + refused.getMessage(), refused);
    }
  }

  /// Stops the server in mode `fast`: open transactions are rolled back, connections are closed,
  /// and all data is written. All processes have ended when this returns.
  public synchronized void stop() {
    var server = running.orElseThrow(() -> new IllegalStateException("PostgreSQL does not run"));
    running = Optional.empty();
    try {
      server.close();
    } catch (IOException refused) {
      throw new UncheckedIOException("PostgreSQL does not stop: " + log(), refused);
    }
    processes.awaitEnd(END_MAX);
  }

  /// Kills the server with SIGKILL, like a power failure. All processes have ended when this
  /// returns.
  public synchronized void kill() {
    processes.kill();
    processes.awaitEnd(END_MAX);
    stop();
  }

  /// Starts the server again with the same data and port after [#stop] or [#kill]. It accepts
  /// connections when this returns.
  public synchronized void startAgain() {
    if (running.isPresent()) {
      throw new IllegalStateException("PostgreSQL runs already");
    }
    var builder =
        EmbeddedPostgres.builder()
            .setPgBinaryResolver(new Binaries(version))
            .setOverrideWorkingDirectory(binariesFolder())
            .setDataDirectory(dataFolder)
            .setCleanDataDirectory(false)
            .setDataDirectoryCustomizer(PostgresServer::setAccess)
            .setPort(port)
            .setLocaleConfig("locale", "C")
            .setPGStartupWait(START_MAX)
            .setOutputRedirector(ProcessBuilder.Redirect.appendTo(log.toFile()));
    settings.forEach(builder::setServerConfig);
    try {
      running = Optional.of(builder.start());
    } catch (IOException refused) {
      throw new IllegalStateException("PostgreSQL does not start: " + log(), refused);
    }
  }

  /// One folder per user, because incomplete files of another user could not be completed.
  private static File binariesFolder() {
    return Path.of(
            System.getProperty("java.io.tmpdir"),
            "backlane-postgres-binaries-" + System.getProperty("user.name"))
        .toFile();
  }

  private static void setAccess(File dataFolder) {
    try {
      Files.writeString(dataFolder.toPath().resolve("pg_hba.conf"), ACCESS);
    } catch (IOException refused) {
      throw new UncheckedIOException("the access rules of PostgreSQL cannot be written", refused);
    }
  }

  /// The CPU time of all processes since the server was started, including those that have ended.
  public Duration cpu() {
    return processes.cpu();
  }

  /// The last lines of the server's log.
  public String log() {
    try {
      var all = Files.exists(log) ? Files.readString(log, UTF_8) : "";
      return all.substring(Math.max(0, all.length() - LOG_CHARS_MAX));
    } catch (IOException unreadable) {
      return "(its log cannot be read: " + unreadable.getMessage() + ")";
    }
  }

  @Override
  public synchronized void close() {
    if (running.isPresent()) {
      stop();
    }
    processes.awaitEnd(Duration.ZERO);
    DataFolders.delete(folder);
  }
}
