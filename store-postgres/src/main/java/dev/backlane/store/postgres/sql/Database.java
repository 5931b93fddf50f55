package dev.backlane.store.postgres.sql;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.store.StoreException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The connections to the database. Each statement stands for itself: none relies on what an earlier one left in its session,
/// so that a pooler in transaction mode may stand between. Thread-safe.
public final class Database implements AutoCloseable {
  /// How often work that yielded to another transaction is done again.
  private static final int YIELDS_MAX = 8;

  /// How long to wait for a connection of the pool: renewals of leases wait as long at most.
  private static final Duration CONNECTION_TIMEOUT = Duration.ofSeconds(3);

  /// How long a connection of the pool that has rested may take to show that it still stands.
  private static final Duration VALIDATION_TIMEOUT = Duration.ofSeconds(1);

  /// For each host of the URL: one that is dead without a word shall leave time to ask the next.
  private static final String SECONDS_TO_CONNECT = "2";

  private static final String SECONDS_TO_LOG_IN = "5";

  /// An answer that takes longer is given up with its connection: a database that stands still shall not keep callers waiting
  /// until their own patience is over. Statements are of milliseconds, but for [#inLongTransaction]
  /// and [#readAtLength].
  private static final String SECONDS_TO_ANSWER = "10";

  private static final Duration LONG_ANSWER_MAX = Duration.ofMinutes(2);

  /// What has to be free on a disk that was full before it counts as having room again: 1,024 rows of 1,000 bytes.
  private static final String NEEDS_ROOM =
      " AS SELECT repeat('x', 1000) AS filling FROM generate_series(1, 1024)";

  private static final int IDLE_MIN = 2;

  private static final Logger LOG = LoggerFactory.getLogger(Database.class);

  /// What is done with a connection.
  ///
  /// @param <T> what comes of it
  @FunctionalInterface
  public interface Work<T> {
    T on(Connection connection) throws SQLException, CorruptRecordException;
  }

  /// A statement named a table that is not there: nothing happened.
  public static final class TableMissingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TableMissingException(SQLException cause) {
      super(DatabaseFault.message(cause), cause);
    }
  }

  /// A statement's values were refused: nothing happened, and another statement may go well.
  public static final class ValuesRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ValuesRefusedException(SQLException cause) {
      super(DatabaseFault.message(cause), cause);
    }
  }

  private final ConnectionSettings settings;
  private final HikariDataSource pool;
  private final DatabaseAvailability availability;
  private final UUID store = UUID.randomUUID();
  private volatile boolean closed;

  private Database(ConnectionSettings settings, HikariDataSource pool, Threads threads) {
    this.settings = settings;
    this.pool = pool;
    this.availability = new DatabaseAvailability(this::probe, threads);
  }

  /// Connects.
  ///
  /// @throws StoreException if there is no way to the database
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
              + lastMessage(unreachable)
              + "; check store.url, store.user and store.password",
          unreachable);
    }
  }

  private static String lastMessage(Throwable thrown) {
    var told = thrown;
    while (told.getCause() != null) {
      told = told.getCause();
    }
    return String.valueOf(told.getMessage()).lines().findFirst().orElse("").strip();
  }

  private static Properties properties(ConnectionSettings settings) {
    var properties = new Properties();
    settings.user().ifPresent(user -> properties.setProperty("user", user));
    settings.password().ifPresent(password -> properties.setProperty("password", password));
    properties.setProperty("ApplicationName", "backlane");
    properties.setProperty("connectTimeout", SECONDS_TO_CONNECT);
    properties.setProperty("loginTimeout", SECONDS_TO_LOG_IN);
    properties.setProperty("socketTimeout", SECONDS_TO_ANSWER);
    properties.setProperty("tcpKeepAlive", "true");
    // Statements that are kept in a session would tie a client to it; and a plan that was made
    // while
    // a table was empty would be kept when it is not.
    properties.setProperty("prepareThreshold", "0");
    return properties;
  }

  /// Names this open store among all.
  public UUID store() {
    return store;
  }

  /// Whether the database can be worked with.
  public DatabaseAvailability availability() {
    return availability;
  }

  /// Connections outside the pool, on which an answer may take any time: for the tools that make the schema.
  DataSource patient() {
    var connections = new PGSimpleDataSource();
    connections.setURL(settings.url());
    settings.user().ifPresent(connections::setUser);
    settings.password().ifPresent(connections::setPassword);
    connections.setApplicationName("backlane");
    connections.setTcpKeepAlive(true);
    return connections;
  }

  /// A connection outside the pool, for a session of its own.
  public Connection session() throws SQLException {
    return DriverManager.getConnection(settings.url(), properties(settings));
  }

  /// Does work of which each statement commits for itself.
  ///
  /// @throws StoreException if it failed; what is not committed did not happen
  public <T> T use(Work<T> work) {
    return attempted(availability.refusal(), work, true);
  }

  /// Does work that only reads, also while the disk of the database is full.
  ///
  /// @throws StoreException if it failed
  public <T> T read(Work<T> work) {
    return attempted(availability.refusalOfReads(), work, true);
  }

  /// As above, for what goes through whole tables.
  ///
  /// @throws StoreException if it failed
  public <T> T readAtLength(Work<T> work) {
    return read(waiting(LONG_ANSWER_MAX, work));
  }

  /// As [#use], for work that must be over in time, whether it failed or not.
  ///
  /// @param answerMax for each answer of the database
  /// @throws StoreException if it failed; what is not committed did not happen
  public <T> T within(Duration answerMax, Work<T> work) {
    return use(waiting(answerMax, work));
  }

  private static <T> Work<T> waiting(Duration answerMax, Work<T> work) {
    return connection -> {
      // The pool sets it back.
      connection.setNetworkTimeout(Runnable::run, Math.toIntExact(answerMax.toMillis()));
      return work.on(connection);
    };
  }

  /// Does work of so many statements in one commit; a single one commits for itself, without a round trip more.
  ///
  /// @throws StoreException as [#inTransaction]
  public <T> T commit(int statements, Work<T> work) {
    return attempted(availability.refusal(), work, statements == 1);
  }

  /// Does work in one transaction.
  ///
  /// @throws StoreException if it failed; it may have happened if the failure came with the commit
  public <T> T inTransaction(Work<T> work) {
    return attempted(availability.refusal(), work, false);
  }

  /// As above, for what takes its time on a database that is well, such as letting go of large tables.
  ///
  /// @throws StoreException as [#inTransaction]
  public <T> T inLongTransaction(Work<T> work) {
    return inTransaction(waiting(LONG_ANSWER_MAX, work));
  }

  private <T> T attempted(Optional<String> refusal, Work<T> work, boolean autoCommit) {
    checkOpen();
    refusal.ifPresent(why -> {
      throw new StoreException(why);
    });
    for (int attempt = 1; ; attempt++) {
      try (var connection = pool.getConnection()) {
        return autoCommit ? work.on(connection) : committed(connection, work);
      } catch (SQLException fault) {
        if (!DatabaseFault.yielded(fault) || attempt == YIELDS_MAX) {
          throw failed(fault);
        }
      } catch (CorruptRecordException damaged) {
        throw new StoreException("the store is damaged: " + damaged.getMessage(), damaged);
      }
    }
  }

  private static <T> T committed(Connection connection, Work<T> work)
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
    } catch (SQLException broken) {
      fault.addSuppressed(broken);
    }
  }

  private static void reset(Connection connection) {
    try {
      connection.setAutoCommit(true);
    } catch (SQLException broken) {
      LOG.debug("a connection broke: {}", broken.getMessage());
    }
  }

  private RuntimeException failed(SQLException fault) {
    if (closed) {
      return closedFault();
    }
    if (DatabaseFault.tableMissing(fault)) {
      return new TableMissingException(fault);
    }
    if (DatabaseFault.ofValues(fault)) {
      return new ValuesRefusedException(fault);
    }
    if (DatabaseFault.readOnly(fault)) {
      // The pool's connections go to a server that was the primary once.
      pool.getHikariPoolMXBean().softEvictConnections();
    }
    var whole = DatabaseFault.ofDatabase(fault);
    whole.ifPresent(availability::lost);
    return new StoreException(
        whole
            .map(Outage::why)
            .orElseGet(() -> "PostgreSQL refused a statement: " + DatabaseFault.message(fault)),
        fault);
  }

  /// Throws [StoreException] if the database takes no write at present.
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
        takeRoom(connection);
      }
    } catch (SQLException still) {
      if (DatabaseFault.readOnly(still)) {
        pool.getHikariPoolMXBean().softEvictConnections();
      }
      throw still;
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

  /// Takes room on the disk and gives it back. A row of the table above needs none: it takes the place of its last version.
  private void takeRoom(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (var take = connection.createStatement()) {
      // In no log, so that all nodes may do so again and again.
      take.execute("CREATE UNLOGGED TABLE room_" + store.toString().replace("-", "") + NEEDS_ROOM);
    } finally {
      connection.rollback();
      connection.setAutoCommit(true);
    }
  }

  public void checkOpen() {
    if (closed) {
      throw closedFault();
    }
  }

  private static StoreException closedFault() {
    return new StoreException("the store is closed");
  }

  /// Lets the connections go. Idempotent.
  @Override
  public void close() {
    closed = true;
    availability.close();
    pool.close();
  }
}
