package dev.backlane.store.rocksdb;

import dev.backlane.engine.codec.CallerDigests;
import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.codec.OperationCodec.Progress;
import dev.backlane.engine.codec.RecordReader;
import dev.backlane.engine.codec.RecordWriter;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.LeasedOperation;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.listing.Listing;
import dev.backlane.engine.store.listing.Page;
import dev.backlane.store.rocksdb.body.BodyFiles;
import dev.backlane.store.rocksdb.body.BodyName;
import dev.backlane.store.rocksdb.body.BodySpool;
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.DamagedRecords;
import dev.backlane.store.rocksdb.database.Keys;
import dev.backlane.store.rocksdb.database.OpenDatabase;
import dev.backlane.store.rocksdb.database.Reads;
import dev.backlane.store.rocksdb.search.OwnerIndexScan;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/// Encodes and decodes the records of operations and contents. Thread-safe.
final class Records {
  private static final int INLINE = 0;
  private static final int FILE = 1;

  private final BodyFiles bodies;

  Records(BodyFiles bodies) {
    this.bodies = bodies;
  }

  static Optional<Operation> find(OpenDatabase db, OperationId id)
      throws RocksDBException, CorruptRecordException {
    byte[] key = id.bytes();
    // Active first: an operation may end between the two reads, but never becomes active again.
    byte[] progress = db.get(Column.ACTIVE, key);
    if (progress == null) {
      progress = db.get(Column.ENDED, key);
    }
    return operation(id, progress == null ? null : db.get(Column.CALLS, key), progress);
  }

  /// @return empty if one of its records is missing
  static Optional<Operation> operation(
      OperationId id, byte @Nullable [] call, byte @Nullable [] progress)
      throws CorruptRecordException {
    return progress == null || call == null
        ? Optional.empty()
        : Optional.of(OperationCodec.operation(id, call, OperationCodec.progress(progress)));
  }

  /// The lease under which an operation runs; empty if it is not running. One that cannot be read
  /// is under the lease of no holder.
  static Optional<LeasedOperation> held(OpenDatabase db, OperationId id) throws RocksDBException {
    byte[] record = db.get(Column.ACTIVE, id.bytes());
    if (record == null) {
      return Optional.empty();
    }
    try {
      var progress = OperationCodec.progress(record);
      return progress.state() instanceof State.Running run
          ? Optional.of(new LeasedOperation(id, progress.version(), run.lease()))
          : Optional.empty();
    } catch (CorruptRecordException damaged) {
      return Optional.of(unreadable(id, record));
    }
  }

  /// An operation that cannot be read; empty if it has ended.
  static Optional<LeasedOperation> unreadable(OpenDatabase db, OperationId id)
      throws RocksDBException {
    try {
      return Optional.ofNullable(db.get(Column.ACTIVE, id.bytes()))
          .map(record -> unreadable(id, record));
    } catch (RocksDBException failed) {
      if (!DamagedRecords.isDamage(failed)) {
        throw failed;
      }
      return Optional.of(
          new LeasedOperation(id, LeasedOperation.UNREADABLE, LeasedOperation.NO_HOLDER));
    }
  }

  /// Whether no operation has this id; false if that cannot be read.
  static boolean callIsMissing(OpenDatabase db, OperationId id) throws RocksDBException {
    try {
      return db.get(Column.CALLS, id.bytes()) == null;
    } catch (RocksDBException failed) {
      if (!DamagedRecords.isDamage(failed)) {
        throw failed;
      }
      return false;
    }
  }

  private static LeasedOperation unreadable(OperationId id, byte[] record) {
    long version;
    try {
      version = OperationCodec.version(record);
    } catch (CorruptRecordException damaged) {
      version = LeasedOperation.UNREADABLE;
    }
    return new LeasedOperation(id, version, LeasedOperation.NO_HOLDER);
  }

  /// @param damaged sets aside operations that cannot be read
  static Page list(OpenDatabase db, Listing listing, DamagedRecords damaged)
      throws RocksDBException, CorruptRecordException {
    var owners = CallerDigests.readable(listing.reader());
    if (owners.isEmpty()) {
      return new Page(List.of(), Optional.empty());
    }
    try (var first = new OwnerIndexScan(db, owners.getFirst(), listing.from(), listing.to());
        var second = new OwnerIndexScan(db, owners.getLast(), listing.from(), listing.to())) {
      var page = new ArrayList<Operation>();
      Optional<OperationId> last = Optional.empty();
      for (int scanned = 0; newer(first.current(), second.current()).isPresent(); ) {
        int max = Math.min(listing.limit() - page.size(), Listing.SCANNED_MAX - scanned);
        if (max == 0) {
          return new Page(page, last);
        }
        var ids = next(first, second, max);
        scanned += ids.size();
        last = Optional.of(ids.getLast());
        // An index entry may outlive its pruned operation by an hour, and its owner digest is
        // shortened, so that it may match another owner.
        findAll(db, ids, damaged).stream().filter(listing::matches).forEach(page::add);
      }
      return new Page(page, Optional.empty());
    }
  }

  private static List<OperationId> next(OwnerIndexScan first, OwnerIndexScan second, int max)
      throws RocksDBException {
    var ids = new ArrayList<OperationId>(max);
    while (ids.size() < max) {
      var next = newer(first.current(), second.current());
      if (next.isEmpty()) {
        break;
      }
      ids.add(next.get());
      advancePast(first, next.get());
      advancePast(second, next.get());
    }
    return ids;
  }

  /// Finds operations, in order; those that do not exist or cannot be read are omitted.
  static List<Operation> findAll(OpenDatabase db, List<OperationId> ids, DamagedRecords damaged)
      throws RocksDBException {
    var reads = new Reads(db, 3 * ids.size());
    for (var id : ids) {
      byte[] key = id.bytes();
      reads.add(Column.ACTIVE, key);
      reads.add(Column.ENDED, key);
      reads.add(Column.CALLS, key);
    }
    reads.read();
    var found = new ArrayList<Operation>(ids.size());
    for (int i = 0; i < ids.size(); i++) {
      var id = ids.get(i);
      byte[] active = reads.together(3 * i);
      byte[] progress = active == null ? reads.together(3 * i + 1) : active;
      byte[] call = reads.together(3 * i + 2);
      damaged
          .readable(
              id,
              () -> progress == null || call == null ? find(db, id) : operation(id, call, progress))
          .ifPresent(found::add);
    }
    return found;
  }

  private static Optional<OperationId> newer(
      Optional<OperationId> one, Optional<OperationId> other) {
    if (one.isEmpty() || other.isEmpty()) {
      return one.or(() -> other);
    }
    return one.get().compareTo(other.get()) >= 0 ? one : other;
  }

  private static void advancePast(OwnerIndexScan ids, OperationId id) throws RocksDBException {
    if (ids.current().isPresent() && ids.current().get().equals(id)) {
      ids.advance();
    }
  }

  static Command.Change change(Operation from, Operation to) {
    return Command.Change.of(
        from.id(), from.version(), OperationCodec.progress(Progress.of(to)), to.state());
  }

  static Command.ContentRecord content(OperationId id, Part part, Content content) {
    if (content.length() == 0 && content instanceof Content.Inline) {
      return Command.ContentRecord.NONE;
    }
    byte[] value =
        switch (content) {
          case Content.Inline(byte[] bytes) -> inline(bytes);
          case Content.Spooled(long length, BodySpool spool) ->
              new RecordWriter().octet(FILE).number(length).text(spool.name().file()).toBytes();
          case Content.Spooled _ -> throw new IllegalStateException("a spool of another store");
        };
    return new Command.ContentRecord(Keys.content(id, part), value);
  }

  private static byte[] inline(byte[] bytes) {
    byte[] value = new byte[bytes.length + 1];
    value[0] = INLINE;
    System.arraycopy(bytes, 0, value, 1, bytes.length);
    return value;
  }

  Optional<StoredContent> content(OpenDatabase db, OperationId id, Part part)
      throws RocksDBException, CorruptRecordException {
    byte[] value = db.get(Column.CONTENTS, Keys.content(id, part));
    return value == null ? Optional.empty() : Optional.of(content(value));
  }

  /// @param value of [Column#CONTENTS]
  StoredContent content(byte[] value) throws CorruptRecordException {
    var in = new RecordReader(value);
    int kind = in.octet();
    return switch (kind) {
      case INLINE -> new InlineContent(value);
      case FILE -> {
        long length = in.number();
        yield bodies.stored(name(in), length);
      }
      default -> throw new CorruptRecordException("a content record has the unknown kind " + kind);
    };
  }

  /// Whether a committed content record refers to a file.
  static boolean committed(OpenDatabase db, BodyName name)
      throws RocksDBException, CorruptRecordException {
    byte[] value = db.get(Column.CONTENTS, Keys.content(name.id(), name.part()));
    if (value == null || value.length == 0 || value[0] != FILE) {
      return false;
    }
    var in = new RecordReader(value);
    in.octet();
    in.number();
    return name(in).equals(name);
  }

  private static BodyName name(RecordReader in) throws CorruptRecordException {
    var file = in.text();
    return BodyName.parse(file)
        .orElseThrow(() ->
            new CorruptRecordException(
                "a content record refers to a file with an invalid name: " + file));
  }

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record InlineContent(byte[] value) implements StoredContent {
    @Override
    public long length() {
      return value.length - 1L;
    }

    @Override
    public InputStream open(long offset) {
      StoredContent.checkOffset(offset, length());
      return new ByteArrayInputStream(value, (int) offset + 1, (int) (length() - offset));
    }
  }
}
