package dev.backlane.engine.store;

import java.util.List;
import java.util.Optional;

/// Stores small records of the gateway, such as wrapped keys and subscriptions: thousands, not
/// millions, each replaced as a whole.
///
/// Thread-safe. Every method may block. A method that writes returns once the write is durable; if
/// it throws [StoreException], the write may or may not have happened.
public interface RecordStore {
  /// One record.
  ///
  /// @param kind such as `data-key`
  /// @param name unique among its kind
  /// @param version the number of changes, from 0
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Entry(String kind, String name, long version, byte[] value) {
    /// The next version.
    public Entry to(byte[] next) {
      return new Entry(kind, name, version + 1, next);
    }
  }

  /// The record of a name; empty if there is none.
  Optional<Entry> find(String kind, String name);

  /// All records of a kind, by name.
  List<Entry> list(String kind);

  /// Stores records in one commit if each is the next version of the stored record, or has version
  /// 0 and no record is stored.
  ///
  /// @return false if a record is not; nothing was written then
  boolean put(List<Entry> next);

  /// Removes a record if it is still the stored version.
  ///
  /// @return false if another version is stored; nothing was written then
  boolean remove(Entry stored);
}
