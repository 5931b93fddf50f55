package dev.backlane.engine.inspection;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.StoredDelivery;
import dev.backlane.engine.codec.StoredOperation;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.StoreExport;
import dev.backlane.engine.store.StoreInspection;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.failure.StoreException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.function.Consumer;

/// Reads all data of a store and reports damage. For one thread, once.
public final class StoreCheck {
  private static final int PAGE_ROWS = 256;

  private final StoreExport store;
  private final StoreInspection inspection;
  private final Optional<SealOpener> seals;
  private final Consumer<String> problems;
  private long operations;
  private long deliveries;
  private long contentBytes;
  private long problemCount;

  /// @param seals decrypts sealed data; empty if the keys are not available, so that sealed data is
  ///     read and not decrypted
  /// @param problems receives each problem as one line
  public StoreCheck(
      StoreExport store,
      StoreInspection inspection,
      Optional<SealOpener> seals,
      Consumer<String> problems) {
    this.store = store;
    this.inspection = inspection;
    this.seals = seals;
    this.problems = problems;
  }

  /// The amounts of data that were read, and the number of problems.
  ///
  /// @param contentBytes of the contents that were read
  public record Result(long operations, long deliveries, long contentBytes, long problems) {}

  /// Runs the check.
  public Result run() {
    part("the operations", this::operations);
    part("the deliveries", this::deliveries);
    part("the records of the gateway", store::records);
    part("the consistency between the parts of the store", () -> inspection.check(this::problem));
    return new Result(operations, deliveries, contentBytes, problemCount);
  }

  // If one part cannot be read, the others are still checked.
  private void part(String what, Runnable check) {
    try {
      check.run();
    } catch (StoreException unreadable) {
      problem(what + " cannot be read completely: " + unreadable.getMessage());
    }
  }

  private void problem(String what) {
    problemCount++;
    problems.accept(what);
  }

  private void operations() {
    var after = StoreExport.BEFORE_ALL;
    while (true) {
      var page = store.operations(after, PAGE_ROWS);
      if (page.isEmpty()) {
        return;
      }
      page.forEach(this::operation);
      after = page.getLast().id();
    }
  }

  private void operation(StoredOperation stored) {
    operations++;
    Operation operation;
    try {
      operation = stored.operation();
    } catch (CorruptRecordException damaged) {
      problem("operation " + stored.id() + " is damaged: " + damaged.getMessage());
      return;
    }
    credentials(operation);
    content(operation, Part.REQUEST, operation.request().contentLength(), stored.request());
    long responseLength =
        operation.state() instanceof State.Finished finished
            ? finished.response().contentLength()
            : 0;
    content(operation, Part.RESPONSE, responseLength, stored.response());
  }

  private void credentials(Operation operation) {
    if (operation.credentials().isEmpty()) {
      return;
    }
    try {
      seals.ifPresent(opener -> opener.openCredentials(operation));
    } catch (RuntimeException broken) {
      problem(
          "the credentials of operation "
              + operation.id()
              + " cannot be decrypted: "
              + broken.getMessage());
    }
  }

  private void content(
      Operation operation, Part part, long length, Optional<StoredContent> stored) {
    var what = part == Part.REQUEST ? "request" : "response";
    if (stored.isEmpty()) {
      if (length > 0 && exists(operation.id())) {
        problem(
            "the %s content of operation %s is missing: %d bytes"
                .formatted(what, operation.id(), length));
      }
      return;
    }
    var clear =
        seals.map(opener -> opener.clear(operation, part, stored.get())).orElseGet(stored::get);
    try (var in = clear.open(0)) {
      long read = in.transferTo(OutputStream.nullOutputStream());
      contentBytes += read;
      // Sealed content is longer than its clear form.
      if (length > 0 && (seals.isPresent() ? read != length : read < length)) {
        problem(
            "the %s content of operation %s has %d bytes instead of %d"
                .formatted(what, operation.id(), read, length));
      }
    } catch (IOException | StoreException unreadable) {
      if (exists(operation.id())) {
        problem(
            "the %s content of operation %s cannot be read: %s"
                .formatted(what, operation.id(), unreadable.getMessage()));
      }
    }
  }

  /// Whether an operation still exists: it may have been pruned since it was read.
  private boolean exists(OperationId id) {
    return store.operations(id.previous(), 1).stream().anyMatch(found -> found.id().equals(id));
  }

  private void deliveries() {
    var after = StoreExport.BEFORE_ALL;
    while (true) {
      var page = store.deliveries(after, PAGE_ROWS);
      if (page.isEmpty()) {
        return;
      }
      page.forEach(this::delivery);
      after = page.getLast().id();
    }
  }

  private void delivery(StoredDelivery stored) {
    deliveries++;
    try {
      stored.delivery();
    } catch (CorruptRecordException damaged) {
      problem("delivery " + stored.id() + " is damaged: " + damaged.getMessage());
    }
  }
}
