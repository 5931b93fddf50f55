package dev.backlane.app;

import dev.backlane.store.postgres.PostgresOperationStore;
import dev.backlane.store.rocksdb.RocksOperationStore;
import dev.backlane.store.testkit.SettableClock;
import dev.backlane.store.testkit.TransferContract;
import dev.backlane.store.testkit.TransferEnd;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// From the embedded store to a real PostgreSQL, and back.
@Timeout(120)
final class StoresTransferTest {
  private static final AtomicInteger DATABASES = new AtomicInteger();

  @TempDir private Path folder;

  private String database = "";

  @BeforeEach
  void createDatabase() {
    database = "transfer_" + DATABASES.incrementAndGet();
    TestPostgres.createDatabase(database);
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
    var store = PostgresOperationStore.open(TestPostgres.settings(database), clock);
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
