package dev.backlane.store.postgres;

import dev.backlane.engine.store.Store;
import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.store.testkit.contract.StoreContract;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;

/// The contract of the PostgreSQL store on a real server, each test in its own database.
abstract class PostgresStoreContract extends StoreContract {
  private static final String PREPARED = "prepared";
  private static final AtomicInteger DATABASES = new AtomicInteger();

  private final String database = "contract_" + DATABASES.incrementAndGet();
  private Optional<Store> last = Optional.empty();

  /// The server, which is started once per test class.
  abstract PostgresServer server();

  /// Creates the database from which that of each test is copied, by opening a store once.
  static void prepare(PostgresServer server) {
    server.createDatabase(PREPARED);
    PostgresStore.open(settings(server, PREPARED)).close();
  }

  static PostgresSettings settings(PostgresServer server, String database) {
    return new PostgresSettings(
        server.url(database),
        Optional.of(server.user()),
        Optional.of(server.password()),
        6,
        true,
        Duration.ofHours(24));
  }

  @Override
  public Store open(InstantSource clock) {
    server().createDatabase(database, PREPARED);
    var store = opened(clock);
    // A database that was created from another one is a copy, in which nothing is claimed.
    store.origin().adopt();
    return store;
  }

  @Override
  public Store reopen(Store open, InstantSource clock) {
    open.close();
    return opened(clock);
  }

  private Store opened(InstantSource clock) {
    var opened = PostgresStore.open(settings(server(), database), clock);
    last = Optional.of(opened);
    return opened;
  }

  @Override
  public long leftovers() {
    try (var connection = server().connect(database);
        var query =
            connection.prepareStatement(
                """
                SELECT count(DISTINCT spool) FROM chunk k
                  WHERE NOT EXISTS (SELECT 1 FROM call WHERE call.spool = k.spool)
                    AND NOT EXISTS (SELECT 1 FROM outcome WHERE outcome.spool = k.spool)\
                """);
        var row = query.executeQuery()) {
      row.next();
      return row.getLong(1);
    } catch (SQLException failed) {
      throw new AssertionError(failed);
    }
  }

  @AfterEach
  final void dropDatabase() {
    last.ifPresent(Store::close);
    server().dropDatabase(database);
  }
}
