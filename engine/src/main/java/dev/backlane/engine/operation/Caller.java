package dev.backlane.engine.operation;

/// Who started an operation, and so who may read and steer it.
///
/// @param tenant the company; never another's
/// @param client the OAuth2 client; empty where the token names none
/// @param subject the user; empty where the token names none
public record Caller(String tenant, String client, String subject) {
  /// The caller where authentication is off: everybody is the same.
  public static final Caller ANONYMOUS = new Caller("", "anonymous", "");

  /// Tells whether `other` may see what this caller started: same tenant, and same client or same user.
  public boolean sharesWith(Caller other) {
    return tenant.equals(other.tenant)
        && (same(client, other.client) || same(subject, other.subject));
  }

  private static boolean same(String mine, String theirs) {
    return !mine.isEmpty() && mine.equals(theirs);
  }
}
