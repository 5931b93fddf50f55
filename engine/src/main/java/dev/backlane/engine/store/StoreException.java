package dev.backlane.engine.store;

/// The store could not do its work for a reason of its environment: a full disk, a failing fsync, a damaged file, a closed
/// store. Whether the write happened is not known.
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// @param message what could not be done and, where there is one, the mend
  public StoreException(String message) {
    super(message);
  }

  /// @param message what could not be done and, where there is one, the mend
  public StoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
