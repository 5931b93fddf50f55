package dev.backlane.store.rocksdb;

import dev.backlane.store.testkit.TransferContract;
import dev.backlane.store.testkit.TransferEnd;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/// From one embedded store to another.
final class RocksTransferTest extends TransferContract {
  @TempDir Path folder;

  @Override
  protected TransferEnd openSource() {
    return open("source");
  }

  @Override
  protected TransferEnd openTarget() {
    return open("target");
  }

  private TransferEnd open(String name) {
    var store = RocksOperationStore.open(folder.resolve(name));
    return new TransferEnd(
        store,
        store.deliveries(),
        store.records(),
        store.exporting(),
        store.importing(),
        store.inspection());
  }
}
