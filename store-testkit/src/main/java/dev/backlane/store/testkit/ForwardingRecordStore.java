package dev.backlane.store.testkit;

import dev.backlane.engine.store.RecordStore;
import java.util.List;
import java.util.Optional;

/// Hands every call on to other records; a test that does one thing otherwise extends it. As thread-safe as the others.
public abstract class ForwardingRecordStore implements RecordStore {
  /// The other records.
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
