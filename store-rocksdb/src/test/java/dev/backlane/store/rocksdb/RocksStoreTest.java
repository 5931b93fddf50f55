package dev.backlane.store.rocksdb;

import dev.backlane.engine.store.Store;
import dev.backlane.store.testkit.contract.StoreContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.io.TempDir;

final class RocksStoreTest extends StoreContract {
  @TempDir Path directory;

  @Override
  public Store open(InstantSource clock) {
    return RocksStore.open(directory.resolve("data"));
  }

  @Override
  public Store reopen(Store open, InstantSource clock) {
    open.close();
    return open(clock);
  }

  @Override
  public long leftovers() {
    try (var files = Files.list(directory.resolve("data/bodies/incoming"))) {
      return files.count();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
