package dev.backlane.app.config;

import java.net.URI;
import java.util.Optional;

/// What a background call shows the upstream of its caller.
public sealed interface CredentialsConfig {

  /// The caller's own token and cookies.
  record Forward() implements CredentialsConfig {}

  /// A token of the gateway's own.
  ///
  /// @param identitySecret signs who the caller is; empty: nothing tells
  record ClientCredentials(TokenClient client, Optional<Secret> identitySecret)
      implements CredentialsConfig {}

  /// A token exchanged for the caller's (RFC 8693).
  record TokenExchange(TokenClient client) implements CredentialsConfig {}

  /// Nothing.
  ///
  /// @param identitySecret signs who the caller is; empty: nothing tells
  record None(Optional<Secret> identitySecret) implements CredentialsConfig {}

  /// The gateway as a client of a token endpoint.
  record TokenClient(
      URI url, String id, Secret secret, Optional<String> scope, Optional<String> audience) {}
}
