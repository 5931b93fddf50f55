package dev.backlane.store.rocksdb;

import dev.backlane.engine.store.Store;
import dev.backlane.store.testkit.OperationStoreContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class RocksStoreTest extends OperationStoreContract {
  @TempDir Path directory;

  @Override
  protected Store open() {
    return RocksStore.open(directory.resolve("data"));
  }

  @Override
  protected Store reopen(Store open) {
    open.close();
    return open();
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
