package dev.backlane.gateway.operator;

import java.time.Instant;

/// An operator's sign-in.
///
/// @param csrfToken what every change must repeat, since browsers send cookies by themselves
public record Session(Operator operator, String csrfToken, Instant expiresAt) {
  /// Without the token.
  @Override
  public String toString() {
    return "Session[" + operator.name() + "]";
  }
}
