package dev.backlane.gateway.operator;

/// A person or machine that operates the gateway.
///
/// @param name as in the audit log: `admin.token`, `admin.read-token`, `admin.open`, or the user of
///     an OpenID Connect sign-in
/// @param role what it may do
public record Operator(String name, Role role) {
  /// The holder of `admin.token`.
  public static final Operator TOKEN_HOLDER = new Operator("admin.token");

  /// The holder of `admin.read-token`.
  public static final Operator READER = new Operator("admin.read-token", Role.READ);

  /// Any user of this machine, if `admin.open` is set.
  public static final Operator LOCAL_USER = new Operator("admin.open");

  /// What an operator may do.
  public enum Role {
    /// See everything, and change nothing.
    READ,
    /// Also change.
    OPERATE
  }

  /// An operator who may change everything.
  public Operator(String name) {
    this(name, Role.OPERATE);
  }
}
