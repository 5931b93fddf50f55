package dev.backlane.gateway.operator;

/// Who operates the gateway.
///
/// @param name as the audit log tells it: `admin.token`, or the user of an OpenID Connect sign-in
public record Operator(String name) {
  /// Whoever holds `admin.token`.
  public static final Operator TOKEN_HOLDER = new Operator("admin.token");
}
