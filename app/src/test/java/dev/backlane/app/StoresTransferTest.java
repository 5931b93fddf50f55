package dev.backlane.app;

import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import dev.backlane.store.postgres.PostgresOperationStore;
import dev.backlane.store.postgres.PostgresSettings;
import dev.backlane.store.rocksdb.RocksOperationStore;
import dev.backlane.store.testkit.SettableClock;
import dev.backlane.store.testkit.TransferContract;
import dev.backlane.store.testkit.TransferEnd;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// From the embedded store to a real PostgreSQL, and back.
@Timeout(120)
final class StoresTransferTest {
  private static final String PREPARED = "prepared";
  private static final AtomicInteger DATABASES = new AtomicInteger();

  @SuppressWarnings("NullAway.Init") // Before all tests.
  private static PostgresServer postgres;

  @TempDir private Path folder;

  private String database = "";

  @BeforeAll
  static void startServer() {
    postgres = PostgresServer.start(PostgresVersion.NEWEST);
    postgres.createDatabase(PREPARED);
    PostgresOperationStore.open(settings(PREPARED)).close();
  }

  @AfterAll
  static void stopServer() {
    postgres.close();
  }

  @BeforeEach
  void createDatabase() {
    database = "transfer_" + DATABASES.incrementAndGet();
    postgres.createDatabase(database, PREPARED);
  }

  private static PostgresSettings settings(String database) {
    return new PostgresSettings(
        postgres.url(database),
        Optional.of(postgres.user()),
        Optional.of(postgres.password()),
        4,
        false,
        Duration.ofHours(24));
  }

  private TransferEnd rocks() {
    var store = RocksOperationStore.open(folder.resolve("data"));
    return new TransferEnd(
        store,
        store.deliveries(),
        store.records(),
        store.exporting(),
        store.importing(),
        store.inspection());
  }

  private TransferEnd postgres(SettableClock clock) {
    var store = PostgresOperationStore.open(settings(database), clock);
    return new TransferEnd(
        store,
        store.deliveries(),
        store.records(),
        store.exporting(),
        store.importing(),
        store.inspection());
  }

  @Nested
  final class FromRocksToPostgresTest extends TransferContract {
    @Override
    protected TransferEnd openSource() {
      return rocks();
    }

    @Override
    protected TransferEnd openTarget() {
      return postgres(clock());
    }
  }

  @Nested
  final class FromPostgresToRocksTest extends TransferContract {
    @Override
    protected TransferEnd openSource() {
      return postgres(clock());
    }

    @Override
    protected TransferEnd openTarget() {
      return rocks();
    }
  }
}
