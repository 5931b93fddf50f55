package dev.backlane.store.testkit;

import dev.backlane.engine.store.RecordStore;
import java.util.List;
import java.util.Optional;

/// Delegates every call to another record store; the base of test stores that change one aspect. As
/// thread-safe as the other.
public abstract class ForwardingRecordStore implements RecordStore {
  /// The other record store.
  protected final RecordStore records;

  protected ForwardingRecordStore(RecordStore records) {
    this.records = records;
  }

  @Override
  public Optional<Entry> find(String kind, String name) {
    return records.find(kind, name);
  }

  @Override
  public List<Entry> list(String kind) {
    return records.list(kind);
  }

  @Override
  public boolean put(List<Entry> next) {
    return records.put(next);
  }

  @Override
  public boolean remove(Entry stored) {
    return records.remove(stored);
  }
}
