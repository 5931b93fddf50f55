package dev.backlane.engine.operation;

/// Who may read, list and cancel an operation: `auth.ownership` (CONTRACT 2.3). Operations are
/// never shared between tenants.
public enum Ownership {
  /// The user that started it; if no user did ([Caller#user]), every caller of the same client.
  USER,

  /// Every caller of the same client. A caller without a client shares with its own user only.
  CLIENT,

  /// Every caller of the same tenant.
  TENANT;

  /// Whether `reader` may read an operation that `starter` started.
  public boolean mayRead(Caller reader, Caller starter) {
    if (!reader.tenant().equals(starter.tenant())) {
      return false;
    }
    return switch (this) {
      case USER ->
          starter.user().isPresent() ? sameUser(reader, starter) : sameClient(reader, starter);
      case CLIENT ->
          starter.client().isEmpty()
              ? reader.client().isEmpty() && sameUser(reader, starter)
              : sameClient(reader, starter);
      case TENANT -> true;
    };
  }

  /// Whether an idempotency key of a caller is valid for its user only, so that no call of another
  /// user returns an operation that this one may not read. Otherwise it is valid for its client.
  public boolean keyOfUser(Caller caller) {
    return caller.user().isPresent() && (this == USER || caller.client().isEmpty());
  }

  private static boolean sameUser(Caller reader, Caller starter) {
    return starter.user().isPresent() && starter.user().equals(reader.user());
  }

  private static boolean sameClient(Caller reader, Caller starter) {
    return !starter.client().isEmpty() && starter.client().equals(reader.client());
  }
}
