package dev.backlane.gateway.auth;

import org.jspecify.annotations.Nullable;

/// Identifies the caller of a request. Implementations are thread-safe, and decide about a token
/// that they verified recently without any I/O.
public interface Authenticator {
  /// Identifies the caller. Every header value has a result, so this never throws. A token that
  /// cannot be verified is refused.
  ///
  /// @param authorizationHeader the value of the `Authorization` header, or null if there is
  ///     none; several fields joined by `, ` as in RFC 9110 section 5.3, which is refused
  Authentication authenticate(@Nullable String authorizationHeader);
}
