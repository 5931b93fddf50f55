package dev.backlane.engine.transfer;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.StoredOperation;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.StoreExport;
import dev.backlane.engine.store.StoreImport;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StagedContent;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.content.TooLargeException;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.transfer.TransferProgress.Kind;
import dev.backlane.engine.transfer.TransferProgress.Step;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;

/// Copies all data of one store to an empty one, reads the copy back, and compares checksums. The
/// source is not changed. For one thread, once.
public final class Transfer {
  /// The page size of reads.
  static final int PAGE_ROWS = 512;

  /// The most large contents of one commit: until the commit, each may hold a buffer of about 100
  /// KiB.
  private static final int BATCH_SPOOLS_MAX = 16;

  private final StoreExport source;
  private final StoreImport target;
  private final StoreExport written;
  private final UnaryOperator<RecordStore.Entry> records;
  private final TransferProgress progress;

  private final List<StoreImport.Copy> batch = new ArrayList<>();
  private long batchBytes;
  private int batchSpools;

  /// @param written reads the target back
  /// @param records converts the records of the gateway
  public Transfer(
      StoreExport source,
      StoreImport target,
      StoreExport written,
      UnaryOperator<RecordStore.Entry> records,
      TransferProgress progress) {
    this.source = source;
    this.target = target;
    this.written = written;
    this.records = records;
    this.progress = progress;
  }

  /// The amounts that were copied.
  ///
  /// @param bytes of records and contents
  /// @param digest of all operations, equal in both stores
  public record Result(
      long operations, long keys, long deliveries, long records, long bytes, String digest) {}

  /// Copies and compares.
  ///
  /// @throws StoreException if another node uses one of the stores, the target is not empty, an
  ///     item cannot be read, or the stores differ afterwards. The target is then marked as
  ///     incomplete.
  public Result run() {
    refuseOtherNodes();
    // Converted before anything is written, because this fails if a master key is missing.
    var entries = source.records().stream().map(records).toList();
    target.begin();
    var read = new Checksums();
    copy(entries, new StoreScan(source, read, Step.COPYING, progress, source.amount().all()), read);
    refuseOtherNodes();
    var readBack = new Checksums();
    var scan = new StoreScan(written, readBack, Step.VERIFYING, progress, read.count());
    scan.all(stored -> digest(stored, readBack), _ -> {}, _ -> {}, () -> {});
    written.records().forEach(readBack::add);
    scan.end();
    compare(read, readBack);
    target.end();
    return new Result(
        read.of(Kind.OPERATIONS).count(),
        read.of(Kind.KEYS).count(),
        read.of(Kind.DELIVERIES).count(),
        read.of(Kind.RECORDS).count(),
        read.bytes(),
        read.of(Kind.OPERATIONS).hex());
  }

  private void refuseOtherNodes() {
    var others = source.others();
    if (!others.isEmpty()) {
      throw new StoreException(
          "node %s uses the source, which must not change during a transfer; stop all nodes of the source and start again"
              .formatted(others.getFirst()));
    }
  }

  private void copy(List<RecordStore.Entry> entries, StoreScan scan, Checksums read) {
    scan.all(
        stored -> {
          batch.add(copied(stored, read));
          batchBytes += batch.getLast().bytes();
          if (batchBytes >= StoreExport.PAGE_BYTES_MAX || batchSpools >= BATCH_SPOOLS_MAX) {
            flush();
          }
        },
        target::keys,
        target::deliveries,
        this::flush);
    entries.forEach(read::add);
    target.records(entries);
    scan.end();
  }

  private void flush() {
    if (!batch.isEmpty()) {
      target.operations(List.copyOf(batch));
      batch.clear();
      batchBytes = 0;
      batchSpools = 0;
    }
  }

  private StoreImport.Copy copied(StoredOperation stored, Checksums read) {
    var operation = checked(stored);
    var contents = new ArrayList<Content>();
    digest(
        stored,
        read,
        (part, in) -> {
          var content = staged(stored.id(), part, in);
          batchSpools += content instanceof Content.Spooled ? 1 : 0;
          contents.add(content);
        });
    return new StoreImport.Copy(stored, operation, contents.getFirst(), contents.getLast());
  }

  private static Operation checked(StoredOperation stored) {
    try {
      return stored.operation();
    } catch (CorruptRecordException damaged) {
      throw new StoreException(
          "operation "
              + stored.id()
              + " is damaged at the source: "
              + damaged.getMessage()
              + "; run 'backlane store check', or restore a backup",
          damaged);
    }
  }

  private Content staged(OperationId id, Part part, InputStream in) throws IOException {
    try {
      return StagedContent.read(in, Long.MAX_VALUE, () -> target.spool(id, part)).content();
    } catch (TooLargeException impossible) {
      throw new IllegalStateException("the content has no limit", impossible);
    }
  }

  private static void digest(StoredOperation stored, Checksums sums) {
    digest(stored, sums, (_, in) -> in.transferTo(OutputStream.nullOutputStream()));
  }

  /// Reads a content to its end.
  @FunctionalInterface
  private interface Reading {
    void of(Part part, InputStream in) throws IOException;
  }

  /// Adds an operation to the checksum while its contents are read once.
  private static void digest(StoredOperation stored, Checksums sums, Reading reading) {
    var sum = sums.of(Kind.OPERATIONS);
    sum.part(stored.id().bytes()).part(stored.call()).part(stored.progress());
    for (var part : Part.values()) {
      var content = part == Part.REQUEST ? stored.request() : stored.response();
      sum.length(content.map(StoredContent::length).orElse(-1L));
      try (var in = new ChecksummedContent(content, sum)) {
        reading.of(part, in);
        in.checkWhole();
      } catch (IOException unreadable) {
        throw new StoreException(
            "the %s content of operation %s cannot be read: %s"
                .formatted(
                    part == Part.REQUEST ? "request" : "response",
                    stored.id(),
                    unreadable.getMessage()),
            unreadable);
      }
    }
    sum.end();
  }

  private static void compare(Checksums read, Checksums readBack) {
    for (var kind : Kind.values()) {
      var expected = read.of(kind);
      var actual = readBack.of(kind);
      if (expected.count() != actual.count() || !expected.hex().equals(actual.hex())) {
        throw new StoreException(
            "the %s of the target differ from those of the source: %d were read from the source and %d from the target; the source is unchanged, start again"
                .formatted(kind.name().toLowerCase(Locale.ROOT), expected.count(), actual.count()));
      }
    }
  }
}
