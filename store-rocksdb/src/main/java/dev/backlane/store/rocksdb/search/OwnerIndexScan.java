package dev.backlane.store.rocksdb.search;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.Keys;
import dev.backlane.store.rocksdb.database.OpenDatabase;
import java.util.Optional;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/// Iterates over the ids of one owner's operations, newest first. Hours without operations of the
/// owner are skipped by a seek. For one thread.
public final class OwnerIndexScan implements AutoCloseable {
  private static final OperationId HIGHEST = new OperationId(-1, -1);

  private final RocksIterator index;
  private final byte[] owner;
  private final OperationId from;
  private int hour;
  private Optional<OperationId> current;

  /// @param from inclusive
  /// @param to exclusive
  public OwnerIndexScan(OpenDatabase db, byte[] owner, OperationId from, OperationId to)
      throws RocksDBException {
    this.index = db.iterator(Column.OWNED);
    this.owner = owner;
    this.from = from;
    this.hour = Keys.hour(to);
    index.seekForPrev(Keys.owned(hour, owner, to));
    current = firstOfOwner();
    if (current.isPresent() && current.get().equals(to)) {
      advance();
    }
  }

  /// The current id; empty after the last one.
  public Optional<OperationId> current() {
    return current;
  }

  public void advance() throws RocksDBException {
    index.prev();
    current = firstOfOwner();
  }

  /// Moves to the highest id that is not higher than `id`.
  ///
  /// @param id not higher than the current one
  void skipTo(OperationId id) throws RocksDBException {
    hour = Keys.hour(id);
    index.seekForPrev(Keys.owned(hour, owner, id));
    current = firstOfOwner();
  }

  private Optional<OperationId> firstOfOwner() throws RocksDBException {
    while (index.isValid() && hour >= Keys.hour(from)) {
      byte[] key = index.key();
      int found = Keys.bucketOf(key);
      if (found == hour && Keys.ownedBy(key, owner)) {
        var id = Keys.ownedId(key);
        return id.compareTo(from) >= 0 ? Optional.of(id) : Optional.empty();
      }
      hour = found == hour ? hour - 1 : found;
      index.seekForPrev(Keys.owned(hour, owner, HIGHEST));
    }
    index.status();
    return Optional.empty();
  }

  @Override
  public void close() {
    index.close();
  }
}
