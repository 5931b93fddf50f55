package dev.backlane.gateway.auth;

import org.jspecify.annotations.Nullable;

/// Decides who sends a request. Implementations are thread-safe, and answer a token they have seen
/// lately without any I/O.
public interface Authenticator {
  /// Decides who sends a request. Never throws for what a client sent, and never lets anybody in
  /// for want of an answer.
  ///
  /// @param authorizationHeader the value of the `Authorization` header, or null where there is
  ///     none; several lines joined by `, ` as RFC 9110 section 5.3 has it, which is refused
  Authentication authenticate(@Nullable String authorizationHeader);
}
