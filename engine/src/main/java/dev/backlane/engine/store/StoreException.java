package dev.backlane.engine.store;

/// The store failed because of its environment: a full disk, a failed fsync, a damaged file, a database
/// that is unavailable, a closed store. A write may or may not have happened.
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// @param message what failed and, if there is one, the fix
  public StoreException(String message) {
    super(message);
  }

  /// @param message what failed and, if there is one, the fix
  public StoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
