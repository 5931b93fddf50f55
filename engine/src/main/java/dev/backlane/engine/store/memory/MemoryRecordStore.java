package dev.backlane.engine.store.memory;

import dev.backlane.engine.store.RecordStore;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/// Stores the records of the gateway in memory. Thread-safe.
final class MemoryRecordStore implements RecordStore {
  /// Identifies a record.
  record Key(String kind, String name) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      int byKind = kind.compareTo(other.kind);
      return byKind != 0 ? byKind : name.compareTo(other.name);
    }
  }

  private final SortedMap<Key, Entry> records;
  private final Runnable checkOpen;

  /// @param records the stored records, guarded by this map; outlives this object
  /// @param checkOpen throws if the store is closed
  MemoryRecordStore(SortedMap<Key, Entry> records, Runnable checkOpen) {
    this.records = records;
    this.checkOpen = checkOpen;
  }

  @Override
  public Optional<Entry> find(String kind, String name) {
    checkOpen.run();
    synchronized (records) {
      return Optional.ofNullable(records.get(new Key(kind, name)));
    }
  }

  @Override
  public List<Entry> list(String kind) {
    checkOpen.run();
    synchronized (records) {
      return records.values().stream().filter(entry -> entry.kind().equals(kind)).toList();
    }
  }

  @Override
  public boolean put(List<Entry> next) {
    checkOpen.run();
    synchronized (records) {
      if (!next.stream().allMatch(this::isNext)) {
        return false;
      }
      next.forEach(entry -> records.put(key(entry), entry));
      return true;
    }
  }

  private boolean isNext(Entry entry) {
    var stored = records.get(key(entry));
    return entry.version() == (stored == null ? 0 : stored.version() + 1);
  }

  @Override
  public boolean remove(Entry stored) {
    checkOpen.run();
    synchronized (records) {
      var found = records.get(key(stored));
      if (found == null || found.version() != stored.version()) {
        return false;
      }
      records.remove(key(stored));
      return true;
    }
  }

  static Key key(Entry entry) {
    return new Key(entry.kind(), entry.name());
  }
}
