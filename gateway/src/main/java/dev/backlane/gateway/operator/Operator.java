package dev.backlane.gateway.operator;

/// A person or machine that operates the gateway.
///
/// @param name as in the audit log: `admin.token`, `admin.open`, or the user of an OpenID Connect
///     sign-in
public record Operator(String name) {
  /// The holder of `admin.token`.
  public static final Operator TOKEN_HOLDER = new Operator("admin.token");

  /// Any user of this machine, if `admin.open` is set.
  public static final Operator LOCAL_USER = new Operator("admin.open");
}
