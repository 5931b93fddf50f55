package dev.backlane.engine.codec;

/// A stored record cannot be read: its bytes are not what this version or an earlier one has
/// written.
public final class CorruptRecordException extends Exception {
  private static final long serialVersionUID = 1L;

  public CorruptRecordException(String message) {
    super(message);
  }
}
