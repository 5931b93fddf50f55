package dev.backlane.engine.transfer;

import dev.backlane.engine.codec.KeyUse;
import dev.backlane.engine.codec.StoredDelivery;
import dev.backlane.engine.codec.StoredOperation;
import dev.backlane.engine.store.StoreExport;
import dev.backlane.engine.transfer.TransferProgress.Kind;
import dev.backlane.engine.transfer.TransferProgress.Step;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Goes through a store page by page, adds up what it finds and tells how far it is. For one thread.
final class StoreScan {
  private final StoreExport store;
  private final Checksums sums;
  private final Step step;
  private final TransferProgress progress;
  private final long total;

  /// @param total about how many things there are
  StoreScan(StoreExport store, Checksums sums, Step step, TransferProgress progress, long total) {
    this.store = store;
    this.sums = sums;
    this.step = step;
    this.progress = progress;
    this.total = total;
  }

  /// Goes through all but the records.
  ///
  /// @param operation takes each operation, and adds it to the sums
  /// @param pageEnd called at the end of each page of operations
  void all(
      Consumer<StoredOperation> operation,
      Consumer<List<KeyUse>> keys,
      Consumer<List<StoredDelivery>> deliveries,
      Runnable pageEnd) {
    tell(Kind.OPERATIONS);
    var after = StoreExport.BEFORE_ALL;
    while (true) {
      var page = store.operations(after, Transfer.PAGE_ROWS);
      if (page.isEmpty()) {
        break;
      }
      for (var stored : page) {
        operation.accept(stored);
        tell(Kind.OPERATIONS);
      }
      pageEnd.run();
      after = page.getLast().id();
    }
    keys(keys);
    deliveries(deliveries);
  }

  /// Told once the records are in the sums as well: nothing is left.
  void end() {
    long done = sums.count();
    progress.at(step, Kind.RECORDS, done, done, sums.bytes());
  }

  private void keys(Consumer<List<KeyUse>> taker) {
    Optional<KeyUse> after = Optional.empty();
    while (true) {
      var page = store.keys(after, Transfer.PAGE_ROWS);
      if (page.isEmpty()) {
        return;
      }
      page.forEach(sums::add);
      taker.accept(page);
      after = Optional.of(page.getLast());
      tell(Kind.KEYS);
    }
  }

  private void deliveries(Consumer<List<StoredDelivery>> taker) {
    var after = StoreExport.BEFORE_ALL;
    while (true) {
      var page = store.deliveries(after, Transfer.PAGE_ROWS);
      if (page.isEmpty()) {
        return;
      }
      page.forEach(sums::add);
      taker.accept(page);
      after = page.getLast().id();
      tell(Kind.DELIVERIES);
    }
  }

  private void tell(Kind kind) {
    long done = sums.count();
    progress.at(step, kind, done, Math.max(done, total), sums.bytes());
  }
}
