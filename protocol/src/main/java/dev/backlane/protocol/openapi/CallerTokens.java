package dev.backlane.protocol.openapi;

import java.net.URI;
import java.util.Optional;

/// The access tokens of callers, as the security schemes of a document describe them.
public sealed interface CallerTokens {
  /// Callers send no tokens.
  record None() implements CallerTokens {}

  /// Callers send bearer tokens; where they get them is not configured.
  ///
  /// @param scopePrefix precedes `:read`, `:create`, `:update`, `:delete`; empty: tokens need no
  ///     scopes
  record Bearer(String scopePrefix) implements CallerTokens {}

  /// Callers send bearer tokens of an OAuth 2.0 server.
  ///
  /// @param scopePrefix as above
  /// @param tokenUrl the token endpoint
  /// @param authorizationUrl where users sign in; empty: there are no tokens of users
  record OAuth(String scopePrefix, URI tokenUrl, Optional<URI> authorizationUrl)
      implements CallerTokens {}
}
