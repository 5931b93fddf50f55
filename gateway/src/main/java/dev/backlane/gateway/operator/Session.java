package dev.backlane.gateway.operator;

import java.time.Instant;

/// An operator's sign-in.
///
/// @param csrfToken repeated by every change, since browsers send cookies with forms of any site
public record Session(Operator operator, String csrfToken, Instant expiresAt) {
  /// Without the token.
  @Override
  public String toString() {
    return "Session[" + operator.name() + "]";
  }
}
