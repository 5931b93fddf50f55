package dev.backlane.store.rocksdb;

import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.store.testkit.OperationStoreContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class RocksOperationStoreTest extends OperationStoreContract {
  @TempDir Path directory;

  @Override
  protected OperationStore open() {
    return RocksOperationStore.open(directory.resolve("data"));
  }

  @Override
  protected OperationStore reopen(OperationStore open) {
    open.close();
    return open();
  }

  @Override
  protected DeliveryStore deliveries(OperationStore of) {
    return ((RocksOperationStore) of).deliveries();
  }

  @Override
  protected RecordStore records(OperationStore of) {
    return ((RocksOperationStore) of).records();
  }

  @Override
  protected long leftovers() {
    try (var files = Files.list(directory.resolve("data/bodies/incoming"))) {
      return files.count();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
