package dev.backlane.store.rocksdb;

/// A stored record cannot be read: its bytes are not what this version or an earlier one writes.
final class CorruptRecordException extends Exception {
  private static final long serialVersionUID = 1L;

  CorruptRecordException(String message) {
    super(message);
  }
}
