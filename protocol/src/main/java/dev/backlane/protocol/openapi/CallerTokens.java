package dev.backlane.protocol.openapi;

import java.net.URI;
import java.util.List;
import java.util.Optional;

/// The access tokens of callers, as the security schemes of a document describe them.
public sealed interface CallerTokens {
  /// Callers send no tokens.
  record None() implements CallerTokens {}

  /// Callers send bearer tokens; where they get them is not configured.
  ///
  /// @param scopePrefixes precede `:read`, `:create`, `:update`, `:delete`; a token needs the scope
  ///     with one of them; none: tokens need no scopes
  record Bearer(List<String> scopePrefixes) implements CallerTokens {
    public Bearer {
      scopePrefixes = List.copyOf(scopePrefixes);
    }
  }

  /// Callers send bearer tokens of an OAuth 2.0 server.
  ///
  /// @param scopePrefixes as above
  /// @param tokenUrl the token endpoint
  /// @param authorizationUrl where users sign in; empty: there are no tokens of users
  record OAuth(List<String> scopePrefixes, URI tokenUrl, Optional<URI> authorizationUrl)
      implements CallerTokens {
    public OAuth {
      scopePrefixes = List.copyOf(scopePrefixes);
    }
  }
}
