package dev.backlane.store.rocksdb.database;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.local.DurableFiles;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;

/// Copies what can be read of a damaged database into a new one. A range of rows that cannot be
/// read is skipped: the first readable row after it is found by bisection. Stateless.
public final class Salvage {
  /// The part of a key by which ranges are searched: an id, or the start of another key.
  private static final int SEARCHED_BYTES = OperationId.BYTES;

  private static final int BATCH_BYTES_MAX = 4 << 20;

  private Salvage() {}

  /// Whether every row of a database can be read.
  public static boolean readable(OpenDatabase db) throws RocksDBException {
    for (var column : Column.values()) {
      try (var rows = db.iterator(column)) {
        for (rows.seekToFirst(); rows.isValid(); rows.next()) {
          rows.value();
        }
        rows.status();
      }
    }
    return true;
  }

  /// Creates the database of a store from a damaged one.
  ///
  /// @param report receives a line for each part that cannot be read
  public static void copy(Path damaged, StoreDirectory store, Consumer<String> report)
      throws RocksDBException, IOException {
    DurableFiles.createDirectories(store.db());
    AcknowledgedMark.create(store, 0);
    try (var mark = AcknowledgedMark.open(store);
        var from = OpenDatabase.readOnly(damaged, OpenDatabase.Mode.SALVAGE);
        var to = OpenDatabase.open(store.db(), mark, OpenDatabase.Mode.CREATE)) {
      for (var column : Column.values()) {
        if (column == Column.CONTENTS) {
          contents(from, to, report);
        } else {
          rows(from, to, column, report);
        }
      }
    }
    ManifestGuard.write(store);
  }

  private static void rows(
      OpenDatabase from, OpenDatabase to, Column column, Consumer<String> report)
      throws RocksDBException {
    try (var writes = new WriteBatch();
        var rows = from.iterator(column)) {
      byte[] last = new byte[SEARCHED_BYTES];
      rows.seekToFirst();
      while (true) {
        if (rows.isValid()) {
          last = rows.key();
          writes.put(to.handle(column), last, rows.value());
          writeIfLarge(to, writes);
          rows.next();
        } else if (failure(rows) == null) {
          break;
        } else {
          var why = failure(rows);
          boolean found = skip(rows, last);
          report.accept(
              "rows of "
                  + column.name()
                  + " after "
                  + name(last)
                  + (found ? " and before " + name(rows.key()) : "")
                  + " are set aside: "
                  + why);
          if (!found) {
            break;
          }
        }
      }
      write(to, writes);
    }
  }

  /// Contents are read one by one: each may be in another file.
  private static void contents(OpenDatabase from, OpenDatabase to, Consumer<String> report)
      throws RocksDBException {
    try (var writes = new WriteBatch();
        var calls = to.iterator(Column.CALLS)) {
      for (calls.seekToFirst(); calls.isValid(); calls.next()) {
        var id = OperationId.of(calls.key());
        for (var part : Part.values()) {
          byte[] key = Keys.content(id, part);
          try {
            byte[] content = from.get(Column.CONTENTS, key);
            if (content != null) {
              writes.put(to.handle(Column.CONTENTS), key, content);
            }
          } catch (RocksDBException unreadable) {
            report.accept(
                "the "
                    + (part == Part.REQUEST ? "request" : "response")
                    + " content of operation "
                    + id
                    + " is set aside: "
                    + unreadable.getMessage());
          }
        }
        writeIfLarge(to, writes);
      }
      calls.status();
      write(to, writes);
    }
  }

  private static void writeIfLarge(OpenDatabase to, WriteBatch writes) throws RocksDBException {
    if (writes.getDataSize() > BATCH_BYTES_MAX) {
      write(to, writes);
    }
  }

  private static void write(OpenDatabase to, WriteBatch writes) throws RocksDBException {
    if (writes.count() > 0) {
      to.write(writes);
      writes.clear();
    }
  }

  private static @Nullable String failure(RocksIterator rows) {
    try {
      rows.status();
      return null;
    } catch (RocksDBException failed) {
      return String.valueOf(failed.getMessage());
    }
  }

  /// Moves to the first readable row after a key.
  ///
  /// @return false if there is none
  private static boolean skip(RocksIterator rows, byte[] key) {
    var unreadable = new BigInteger(1, Arrays.copyOf(key, SEARCHED_BYTES));
    for (int bit = 0; bit < SEARCHED_BYTES * Byte.SIZE; bit++) {
      var candidate = unreadable.add(BigInteger.ONE.shiftLeft(bit));
      if (candidate.bitLength() > SEARCHED_BYTES * Byte.SIZE) {
        return false;
      }
      if (seek(rows, candidate)) {
        var low = bit == 0 ? unreadable : unreadable.add(BigInteger.ONE.shiftLeft(bit - 1));
        return seek(rows, firstReadable(rows, low, candidate)) && rows.isValid();
      }
    }
    return false;
  }

  private static BigInteger firstReadable(RocksIterator rows, BigInteger bad, BigInteger good) {
    var low = bad;
    var high = good;
    while (high.subtract(low).compareTo(BigInteger.ONE) > 0) {
      var middle = low.add(high).shiftRight(1);
      if (seek(rows, middle)) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return high;
  }

  private static boolean seek(RocksIterator rows, BigInteger position) {
    byte[] digits = position.toByteArray();
    byte[] key = new byte[SEARCHED_BYTES];
    int from = Math.max(0, digits.length - SEARCHED_BYTES);
    System.arraycopy(
        digits, from, key, SEARCHED_BYTES - (digits.length - from), digits.length - from);
    rows.seek(key);
    return failure(rows) == null;
  }

  private static String name(byte[] key) {
    return key.length == OperationId.BYTES
        ? OperationId.of(key).toString()
        : HexFormat.of().formatHex(key);
  }
}
