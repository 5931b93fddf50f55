package dev.backlane.store.postgres.sql;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.DamageLog;
import dev.backlane.engine.store.failure.StoreException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.postgresql.PGStatement;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The connections to the database. No statement relies on the session state of an earlier one, so
/// a connection pooler in transaction mode can be used. Thread-safe.
public final class Database implements AutoCloseable {
  /// The maximum number of attempts of work that was rolled back because of a concurrent
  /// transaction.
  private static final int ATTEMPTS_MAX = 8;

  /// The maximum wait for a connection of the pool. Short, because lease renewals wait too.
  private static final Duration CONNECTION_TIMEOUT = Duration.ofSeconds(3);

  /// The timeout of the check that an idle connection is still usable.
  private static final Duration VALIDATION_TIMEOUT = Duration.ofSeconds(1);

  /// The timeout per host of the URL. Short, so that the next host is tried in time if one does not
  /// respond.
  private static final String CONNECT_TIMEOUT_SECONDS = "2";

  private static final String LOGIN_TIMEOUT_SECONDS = "5";

  /// The timeout of a response, after which the connection is closed. Statements take milliseconds,
  /// except in [#inTransactionWithLongTimeout] and [#readWithLongTimeout].
  private static final String RESPONSE_TIMEOUT_SECONDS = "10";

  private static final Duration LONG_RESPONSE_MAX = Duration.ofMinutes(2);

  /// The rows that must fit on a disk that was full before the database counts as available again:
  /// 1,024 rows of 1,000 bytes.
  private static final String FILLING =
      " AS SELECT repeat('x', 1000) AS filling FROM generate_series(1, 1024)";

  private static final int IDLE_MIN = 2;

  /// No server-side prepared statements but those of [#prepare]: they belong to a session, which a
  /// connection pooler passes on to other clients, and would keep a query plan that was made while
  /// a table was empty.
  private static final int PREPARE_NEVER = 0;

  private static final int PREPARE_AT_FIRST = 1;

  private static final Logger LOG = LoggerFactory.getLogger(Database.class);

  /// Work on a connection.
  ///
  /// @param <T> the type of the result
  @FunctionalInterface
  public interface Work<T> {
    T on(Connection connection) throws SQLException, CorruptRecordException;
  }

  /// Thrown if a statement names a table that does not exist. The statement had no effect.
  public static final class TableMissingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TableMissingException(SQLException cause) {
      super(DatabaseFault.message(cause), cause);
    }
  }

  private final ConnectionSettings settings;
  private final HikariDataSource pool;
  private final DatabaseAvailability availability;
  private final boolean preparing;
  private final UUID store = UUID.randomUUID();
  private final DamageLog damage = new DamageLog();
  private volatile boolean closed;

  private Database(ConnectionSettings settings, HikariDataSource pool, Threads threads) {
    this.settings = settings;
    this.pool = pool;
    this.availability = new DatabaseAvailability(this::probe, threads);
    this.preparing = settings.ownSessions() && leadsToServer(pool);
  }

  /// Whether connections lead to the server itself: a pooler reports other process ids.
  private static boolean leadsToServer(HikariDataSource pool) {
    try (var connection = pool.getConnection();
        var query = connection.createStatement();
        var row = query.executeQuery("SELECT pg_backend_pid()")) {
      return row.next() && row.getInt(1) == connection.unwrap(PGConnection.class).getBackendPID();
    } catch (SQLException failed) {
      LOG.debug("Whether a pooler is in front of the database is unknown", failed);
      return false;
    }
  }

  /// Opens the connection pool.
  ///
  /// @throws StoreException if the database cannot be reached
  public static Database connect(ConnectionSettings settings, Threads threads) {
    var config = new HikariConfig();
    config.setPoolName("backlane");
    config.setJdbcUrl(settings.url());
    config.setDataSourceProperties(properties(settings));
    config.setMaximumPoolSize(settings.connectionsMax());
    config.setMinimumIdle(Math.min(IDLE_MIN, settings.connectionsMax()));
    config.setConnectionTimeout(CONNECTION_TIMEOUT.toMillis());
    config.setValidationTimeout(VALIDATION_TIMEOUT.toMillis());
    try {
      return new Database(settings, new HikariDataSource(config), threads);
    } catch (PoolInitializationException | IllegalArgumentException unreachable) {
      throw new StoreException(
          "PostgreSQL at "
              + settings.url()
              + " cannot be reached: "
              + rootMessage(unreachable)
              + "; check store.url, store.user and store.password",
          unreachable);
    }
  }

  private static String rootMessage(Throwable thrown) {
    var cause = thrown;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage()).lines().findFirst().orElse("").strip();
  }

  private static Properties properties(ConnectionSettings settings) {
    var properties = new Properties();
    settings.user().ifPresent(user -> properties.setProperty("user", user));
    settings.password().ifPresent(password -> properties.setProperty("password", password));
    properties.setProperty("ApplicationName", "backlane");
    properties.setProperty("connectTimeout", CONNECT_TIMEOUT_SECONDS);
    properties.setProperty("loginTimeout", LOGIN_TIMEOUT_SECONDS);
    properties.setProperty("socketTimeout", RESPONSE_TIMEOUT_SECONDS);
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("prepareThreshold", String.valueOf(PREPARE_NEVER));
    return properties;
  }

  /// The identity of this open store, unique among all nodes.
  public UUID store() {
    return store;
  }

  /// Reports records that cannot be read.
  public DamageLog damage() {
    return damage;
  }

  /// Whether the database is available.
  public DatabaseAvailability availability() {
    return availability;
  }

  /// Connections outside the pool without a response timeout, for migrations.
  DataSource withoutTimeout() {
    var connections = new PGSimpleDataSource();
    connections.setURL(settings.url());
    settings.user().ifPresent(connections::setUser);
    settings.password().ifPresent(connections::setPassword);
    connections.setApplicationName("backlane");
    connections.setTcpKeepAlive(true);
    connections.setPrepareThreshold(PREPARE_NEVER);
    return connections;
  }

  /// A statement that reads one row by its key, and is executed for most calls. The server keeps it
  /// prepared, unless a pooler is in between: its plan is the same whatever is stored, and planning
  /// takes longer than executing it.
  public PreparedStatement prepare(Connection connection, String sql) throws SQLException {
    var statement = connection.prepareStatement(sql);
    if (preparing) {
      statement.unwrap(PGStatement.class).setPrepareThreshold(PREPARE_AT_FIRST);
    }
    return statement;
  }

  /// Opens a connection outside the pool.
  public Connection session() throws SQLException {
    return open(settings);
  }

  /// Opens a single connection, without a pool.
  public static Connection open(ConnectionSettings settings) throws SQLException {
    return DriverManager.getConnection(settings.url(), properties(settings));
  }

  /// Runs work in which each statement is committed separately.
  ///
  /// @throws StoreException if it failed; statements that were not committed had no effect
  public <T> T use(Work<T> work) {
    return run(availability.refusal(), work, true);
  }

  /// Runs work that only reads. It is also run while the disk of the database is full.
  ///
  /// @throws StoreException if it failed
  public <T> T read(Work<T> work) {
    return run(availability.refusalOfReads(), work, true);
  }

  /// As [#read], for a result of which only a part is in memory at a time
  /// ([java.sql.Statement#setFetchSize]), which needs a transaction.
  ///
  /// @throws StoreException if it failed
  public <T> T readInParts(Work<T> work) {
    return run(availability.refusalOfReads(), work, false);
  }

  /// As [#read], for scans of whole tables.
  ///
  /// @throws StoreException if it failed
  public <T> T readWithLongTimeout(Work<T> work) {
    return read(withTimeout(LONG_RESPONSE_MAX, work));
  }

  /// As [#use], with another response timeout.
  ///
  /// @param responseMax for each response of the database
  /// @throws StoreException if it failed; statements that were not committed had no effect
  public <T> T useWithTimeout(Duration responseMax, Work<T> work) {
    return use(withTimeout(responseMax, work));
  }

  private static <T> Work<T> withTimeout(Duration responseMax, Work<T> work) {
    return connection -> {
      // The pool resets the timeout.
      connection.setNetworkTimeout(Runnable::run, Math.toIntExact(responseMax.toMillis()));
      return work.on(connection);
    };
  }

  /// Runs work in one transaction, without the round trips of a transaction if it is a single
  /// statement.
  ///
  /// @throws StoreException as [#inTransaction]
  public <T> T commit(int statements, Work<T> work) {
    return run(availability.refusal(), work, statements == 1);
  }

  /// Runs work in one transaction.
  ///
  /// @throws StoreException if it failed; if the commit failed, it may have taken effect
  public <T> T inTransaction(Work<T> work) {
    return run(availability.refusal(), work, false);
  }

  /// As [#inTransaction], for statements that take long, such as dropping a large table.
  ///
  /// @throws StoreException as [#inTransaction]
  public <T> T inTransactionWithLongTimeout(Work<T> work) {
    return inTransaction(withTimeout(LONG_RESPONSE_MAX, work));
  }

  private <T> T run(Optional<String> refusal, Work<T> work, boolean autoCommit) {
    checkOpen();
    refusal.ifPresent(why -> {
      throw new StoreException(why);
    });
    for (int attempt = 1; ; attempt++) {
      try (var connection = pool.getConnection()) {
        return autoCommit ? work.on(connection) : runInTransaction(connection, work);
      } catch (SQLException fault) {
        if (!DatabaseFault.retryable(fault) || attempt == ATTEMPTS_MAX) {
          throw failed(fault);
        }
      } catch (CorruptRecordException damaged) {
        throw new StoreException.Damaged("the store is damaged: " + damaged.getMessage(), damaged);
      }
    }
  }

  private static <T> T runInTransaction(Connection connection, Work<T> work)
      throws SQLException, CorruptRecordException {
    connection.setAutoCommit(false);
    try {
      var result = work.on(connection);
      connection.commit();
      return result;
    } catch (SQLException | CorruptRecordException | RuntimeException fault) {
      rollBack(connection, fault);
      throw fault;
    } finally {
      reset(connection);
    }
  }

  private static void rollBack(Connection connection, Exception fault) {
    try {
      connection.rollback();
    } catch (SQLException failed) {
      fault.addSuppressed(failed);
    }
  }

  private static void reset(Connection connection) {
    try {
      connection.setAutoCommit(true);
    } catch (SQLException failed) {
      LOG.debug("a connection failed: {}", failed.getMessage());
    }
  }

  /// Whether a stored value is damaged, so that a statement fails as long as it reads that value.
  public static boolean isDamage(SQLException fault) {
    return DatabaseFault.damaged(fault);
  }

  private RuntimeException failed(SQLException fault) {
    if (closed) {
      return closedFault();
    }
    if (DatabaseFault.tableMissing(fault)) {
      return new TableMissingException(fault);
    }
    if (DatabaseFault.damaged(fault)) {
      return new StoreException.Damaged(
          "a stored value in PostgreSQL is damaged: " + DatabaseFault.message(fault), fault);
    }
    if (DatabaseFault.valuesRefused(fault)) {
      return new StoreException.Refused(
          "PostgreSQL refused a value: " + DatabaseFault.message(fault), fault);
    }
    if (DatabaseFault.readOnly(fault)) {
      // The connections of the pool lead to a server that is no longer the primary.
      pool.getHikariPoolMXBean().softEvictConnections();
    }
    var outage = DatabaseFault.outage(fault);
    outage.ifPresent(availability::reportOutage);
    return new StoreException(
        outage
            .map(Outage::why)
            .orElseGet(() -> "PostgreSQL refused a statement: " + DatabaseFault.message(fault)),
        fault);
  }

  /// Checks with a write that the database is available.
  ///
  /// @throws StoreException if it is not
  public void probe() {
    use(connection -> {
      write(connection);
      return true;
    });
  }

  private void probe(Outage last) throws SQLException {
    try (var connection = pool.getConnection()) {
      write(connection);
      if (last.kind() == Outage.Kind.FULL) {
        allocate(connection);
      }
    } catch (SQLException unavailable) {
      if (DatabaseFault.readOnly(unavailable)) {
        pool.getHikariPoolMXBean().softEvictConnections();
      }
      throw unavailable;
    }
  }

  private void write(Connection connection) throws SQLException {
    try (var write =
        connection.prepareStatement(
            """
            INSERT INTO probe (store, probed_at) VALUES (?, clock_timestamp())
            ON CONFLICT (store) DO UPDATE SET probed_at = excluded.probed_at\
            """)) {
      write.setObject(1, store);
      write.executeUpdate();
    }
  }

  /// Allocates disk space and releases it again. The row in the table `probe` needs no new space,
  /// because an update reuses the space of an earlier version.
  private void allocate(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (var create = connection.createStatement()) {
      // Unlogged, so that repeated probes by all nodes write no WAL.
      create.execute("CREATE UNLOGGED TABLE room_" + store.toString().replace("-", "") + FILLING);
    } finally {
      connection.rollback();
      connection.setAutoCommit(true);
    }
  }

  /// @throws StoreException if the database was closed
  public void checkOpen() {
    if (closed) {
      throw closedFault();
    }
  }

  private static StoreException closedFault() {
    return new StoreException("the store is closed");
  }

  /// Closes the connections. Idempotent.
  @Override
  public void close() {
    closed = true;
    availability.close();
    pool.close();
  }
}
