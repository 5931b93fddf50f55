package dev.backlane.gateway.auth;

import java.util.List;
import java.util.Optional;

/// Which claims of an issuer's tokens identify the caller and its scopes. Each name may be that of
/// a nested claim, see [ClaimPath]. Immutable.
///
/// @param tenant the company; a token without it is refused
/// @param client the OAuth2 client; if a token lacks it, `azp` is read (OpenID Connect Core section
///     2)
/// @param subject the user; a token with neither client nor subject is refused
/// @param fixedTenant the tenant of all tokens of the issuer; empty: the claim names it
/// @param prefix precedes each client and subject, so that they differ from those of other issuers;
///     empty (default): they are as in the token
/// @param scopes the claims that hold the scopes
public record IdentityClaims(
    String tenant,
    String client,
    String subject,
    Optional<String> fixedTenant,
    String prefix,
    List<String> scopes) {
  /// `tenant_id`, `client_id` and `sub`; scopes in `scope` and `scp`.
  public static final IdentityClaims DEFAULT = of("tenant_id", "client_id", "sub");

  public IdentityClaims {
    scopes = List.copyOf(scopes);
  }

  /// Claims with these names; no fixed tenant, no prefix, scopes in `scope` and `scp`.
  public static IdentityClaims of(String tenant, String client, String subject) {
    return new IdentityClaims(
        tenant, client, subject, Optional.empty(), "", List.of("scope", "scp"));
  }
}
