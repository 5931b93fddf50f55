package dev.backlane.store.rocksdb;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.RecordReader;
import dev.backlane.engine.codec.RecordWriter;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.store.rocksdb.Command.Result;
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.Database;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// The records of the gateway in the embedded store. Thread-safe.
final class RocksRecordStore implements RecordStore {
  private static final int LAYOUT = 1;
  private static final byte SEPARATOR = 0;

  private final Database database;
  private final Function<Command, Result> submit;

  /// @param submit makes a command durable
  RocksRecordStore(Database database, Function<Command, Result> submit) {
    this.database = database;
    this.submit = submit;
  }

  @Override
  public Optional<Entry> find(String kind, String name) {
    return database.use(db -> {
      byte[] record = db.get(Column.RECORDS, key(kind, name));
      return record == null ? Optional.empty() : Optional.of(entry(kind, name, record));
    });
  }

  @Override
  public List<Entry> list(String kind) {
    return database.use(db -> {
      var all = new ArrayList<Entry>();
      byte[] prefix = key(kind, "");
      try (var records = db.iterator(Column.RECORDS)) {
        for (records.seek(prefix);
            records.isValid() && startsWith(records.key(), prefix);
            records.next()) {
          byte[] key = records.key();
          var name =
              new String(key, prefix.length, key.length - prefix.length, StandardCharsets.UTF_8);
          all.add(entry(kind, name, records.value()));
        }
        records.status();
      }
      return all;
    });
  }

  private static boolean startsWith(byte[] key, byte[] prefix) {
    return key.length >= prefix.length
        && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
  }

  @Override
  public boolean put(List<Entry> next) {
    var changes =
        next.stream()
            .map(entry ->
                new Command.RecordChange(
                    key(entry.kind(), entry.name()),
                    entry.version() == 0 ? Batch.NOT_STORED : entry.version() - 1,
                    Optional.of(bytes(entry))))
            .toList();
    return change(changes);
  }

  @Override
  public boolean remove(Entry stored) {
    return change(
        List.of(
            new Command.RecordChange(
                key(stored.kind(), stored.name()), stored.version(), Optional.empty())));
  }

  private boolean change(List<Command.RecordChange> changes) {
    return ((Result.Changed) submit.apply(new Command.ChangeRecords(changes))).made().getFirst();
  }

  /// The version of a stored record.
  static long version(byte[] record) throws CorruptRecordException {
    var in = new RecordReader(record);
    layout(in);
    return in.number();
  }

  static byte[] bytes(Entry entry) {
    return new RecordWriter().octet(LAYOUT).number(entry.version()).bytes(entry.value()).toBytes();
  }

  /// Decodes a stored record.
  static Entry entry(byte[] key, byte[] record) throws CorruptRecordException {
    int kindBytes = 0;
    while (kindBytes < key.length && key[kindBytes] != SEPARATOR) {
      kindBytes++;
    }
    if (kindBytes == key.length) {
      throw new CorruptRecordException("a record has a key without its name");
    }
    int from = kindBytes + 1;
    return entry(
        new String(key, 0, kindBytes, StandardCharsets.UTF_8),
        new String(key, from, key.length - from, StandardCharsets.UTF_8),
        record);
  }

  private static Entry entry(String kind, String name, byte[] record)
      throws CorruptRecordException {
    var in = new RecordReader(record);
    layout(in);
    var entry = new Entry(kind, name, in.number(), in.bytes());
    in.end();
    return entry;
  }

  private static void layout(RecordReader in) throws CorruptRecordException {
    int layout = in.octet();
    if (layout != LAYOUT) {
      throw new CorruptRecordException(
          "a record has layout " + layout + "; this version reads " + LAYOUT);
    }
  }

  static byte[] key(String kind, String name) {
    byte[] first = kind.getBytes(StandardCharsets.UTF_8);
    byte[] second = name.getBytes(StandardCharsets.UTF_8);
    byte[] key = Arrays.copyOf(first, first.length + 1 + second.length);
    key[first.length] = SEPARATOR;
    System.arraycopy(second, 0, key, first.length + 1, second.length);
    return key;
  }
}
