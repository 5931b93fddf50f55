package dev.backlane.app;

import dev.backlane.engine.store.Store;
import dev.backlane.store.postgres.PostgresStore;
import dev.backlane.store.rocksdb.RocksStore;
import dev.backlane.store.testkit.SettableClock;
import dev.backlane.store.testkit.contract.TransferContract;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Transfers from the embedded store to a real PostgreSQL, and back.
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

  private Store rocks() {
    return RocksStore.open(folder.resolve("data"));
  }

  private Store postgres(SettableClock clock) {
    var store = PostgresStore.open(TestPostgres.settings(database), clock);
    // The databases of tests are copies of a template.
    store.origin().adopt();
    return store;
  }

  @Nested
  final class FromRocksToPostgresTest extends TransferContract {
    @Override
    protected Store openSource() {
      return rocks();
    }

    @Override
    protected Store openTarget() {
      return postgres(clock());
    }
  }

  @Nested
  final class FromPostgresToRocksTest extends TransferContract {
    @Override
    protected Store openSource() {
      return postgres(clock());
    }

    @Override
    protected Store openTarget() {
      return rocks();
    }
  }
}
