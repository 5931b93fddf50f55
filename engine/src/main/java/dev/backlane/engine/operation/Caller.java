package dev.backlane.engine.operation;

/// The caller that started an operation, and that may therefore read and cancel it.
///
/// @param tenant the company; operations are never shared between tenants
/// @param client the OAuth2 client; empty if the token names none
/// @param subject the user; empty if the token names none
public record Caller(String tenant, String client, String subject) {
  /// The caller of every request if authentication is off.
  public static final Caller ANONYMOUS = new Caller("", "anonymous", "");

  /// Whether `other` may read the operations of this caller: same tenant, and same client or same
  /// user.
  public boolean sharesWith(Caller other) {
    return tenant.equals(other.tenant)
        && (same(client, other.client) || same(subject, other.subject));
  }

  private static boolean same(String mine, String theirs) {
    return !mine.isEmpty() && mine.equals(theirs);
  }
}
