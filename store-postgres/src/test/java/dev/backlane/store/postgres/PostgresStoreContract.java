package dev.backlane.store.postgres;

import dev.backlane.engine.store.Store;
import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.store.testkit.OperationStoreContract;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;

/// The contract of a store on a real PostgreSQL, each test in a database of its own.
abstract class PostgresStoreContract extends OperationStoreContract {
  private static final String PREPARED = "prepared";
  private static final AtomicInteger DATABASES = new AtomicInteger();

  private final String database = "contract_" + DATABASES.incrementAndGet();
  private Optional<Store> last = Optional.empty();

  /// Runs as long as the test class.
  abstract PostgresServer server();

  /// Makes the tables that the database of each test begins with; the store itself makes them, once.
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
  protected Store open() {
    server().createDatabase(database, PREPARED);
    return opened();
  }

  @Override
  protected Store reopen(Store open) {
    open.close();
    return opened();
  }

  private Store opened() {
    var opened = PostgresStore.open(settings(server(), database), clock());
    last = Optional.of(opened);
    return opened;
  }

  @Override
  protected long leftovers() {
    try (var connection = server().connect(database);
        var ask =
            connection.prepareStatement(
                """
                SELECT count(DISTINCT spool) FROM chunk k
                  WHERE NOT EXISTS (SELECT 1 FROM call WHERE call.spool = k.spool)
                    AND NOT EXISTS (SELECT 1 FROM outcome WHERE outcome.spool = k.spool)\
                """);
        var row = ask.executeQuery()) {
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
