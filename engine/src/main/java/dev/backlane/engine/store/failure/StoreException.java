package dev.backlane.engine.store.failure;

/// The store failed because of its environment: a full disk, a failed fsync, a damaged file, a
/// database that is unavailable, a closed store. A write may or may not have happened, and may
/// succeed when it is repeated; [Refused] is the exception.
public sealed class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// @param message what failed and, if there is one, the fix
  public StoreException(String message) {
    super(message);
  }

  /// @param message what failed and, if there is one, the fix
  public StoreException(String message, Throwable cause) {
    super(message, cause);
  }

  /// There is no space for a body now. Nothing of it is stored, and it may fit later.
  public static final class NoSpace extends StoreException {
    private static final long serialVersionUID = 1L;
    private final boolean ofTenant;

    /// @param message for operators: names the disk
    /// @param ofTenant whether a body of the same size would fit if it were of a tenant that is
    ///     sending none
    public NoSpace(String message, boolean ofTenant) {
      super(message);
      this.ofTenant = ofTenant;
    }

    /// Whether the space was refused to one tenant, for the benefit of others.
    public boolean ofTenant() {
      return ofTenant;
    }
  }

  /// The store works, and cannot write or read one record: it refuses a value, or the record is
  /// damaged. Nothing was written, repeating does not help, and other records are not affected.
  public static sealed class Refused extends StoreException {
    private static final long serialVersionUID = 1L;

    /// @param message which value is refused, or what is damaged
    public Refused(String message) {
      super(message);
    }

    /// @param message which value is refused, or what is damaged
    public Refused(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /// A stored record or body is damaged or missing. Repeating does not help, and other records are
  /// not affected.
  public static final class Damaged extends Refused {
    private static final long serialVersionUID = 1L;

    /// @param message what is damaged
    public Damaged(String message) {
      super(message);
    }

    /// @param message what is damaged
    public Damaged(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
