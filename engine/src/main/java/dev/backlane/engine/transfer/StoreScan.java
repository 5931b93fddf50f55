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

/// Reads a store page by page, adds the items to checksums and reports progress. For one thread.
final class StoreScan {
  private final StoreExport store;
  private final Checksums sums;
  private final Step step;
  private final TransferProgress progress;
  private final long total;

  /// @param total the estimated number of items
  StoreScan(StoreExport store, Checksums sums, Step step, TransferProgress progress, long total) {
    this.store = store;
    this.sums = sums;
    this.step = step;
    this.progress = progress;
    this.total = total;
  }

  /// Reads everything except the records of the gateway.
  ///
  /// @param operation consumes each operation, and adds it to the checksums
  /// @param pageEnd called at the end of each page of operations
  void all(
      Consumer<StoredOperation> operation,
      Consumer<List<KeyUse>> keys,
      Consumer<List<StoredDelivery>> deliveries,
      Runnable pageEnd) {
    report(Kind.OPERATIONS);
    var after = StoreExport.BEFORE_ALL;
    while (true) {
      var page = store.operations(after, Transfer.PAGE_ROWS);
      if (page.isEmpty()) {
        break;
      }
      for (var stored : page) {
        operation.accept(stored);
        report(Kind.OPERATIONS);
      }
      pageEnd.run();
      after = page.getLast().id();
    }
    keys(keys);
    deliveries(deliveries);
  }

  /// Reports the end, once the records are in the checksums as well.
  void end() {
    long done = sums.count();
    progress.at(step, Kind.RECORDS, done, done, sums.bytes());
  }

  private void keys(Consumer<List<KeyUse>> consumer) {
    Optional<KeyUse> after = Optional.empty();
    while (true) {
      var page = store.keys(after, Transfer.PAGE_ROWS);
      if (page.isEmpty()) {
        return;
      }
      page.forEach(sums::add);
      consumer.accept(page);
      after = Optional.of(page.getLast());
      report(Kind.KEYS);
    }
  }

  private void deliveries(Consumer<List<StoredDelivery>> consumer) {
    var after = StoreExport.BEFORE_ALL;
    while (true) {
      var page = store.deliveries(after, Transfer.PAGE_ROWS);
      if (page.isEmpty()) {
        return;
      }
      page.forEach(sums::add);
      consumer.accept(page);
      after = page.getLast().id();
      report(Kind.DELIVERIES);
    }
  }

  private void report(Kind kind) {
    long done = sums.count();
    progress.at(step, kind, done, Math.max(done, total), sums.bytes());
  }
}
