package dev.backlane.app.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/// The admin API and the dashboard.
///
/// @param token the bearer token of `/admin/v1` and of the dashboard's sign-in; empty: both are off
/// @param auditLog the file that operators' actions are noted in; empty: in the directory of an embedded store, else the log
///     alone
/// @param provider where operators sign in with OpenID Connect; empty: nowhere
/// @param publicUrl scheme and host that admin API and dashboard have for themselves; empty: they are on every host
public record AdminConfig(
    Optional<Secret> token,
    Optional<URI> publicUrl,
    Optional<Path> auditLog,
    Optional<Provider> provider) {

  /// An OpenID Connect provider, and who of its users operates the gateway.
  ///
  /// @param claim of the ID token that tells
  /// @param values one of which it must hold
  public record Provider(
      URI issuer, String clientId, Secret clientSecret, String claim, Set<String> values) {
    public Provider {
      values = Set.copyOf(values);
    }
  }
}
