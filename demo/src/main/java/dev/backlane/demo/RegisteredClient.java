package dev.backlane.demo;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Set;

/// A client that is registered at the development token issuer.
///
/// @param id its `client_id`
/// @param secret its `client_secret`
/// @param tenants the tenants for which it may act
/// @param scopes the scopes that it may request; all of them are granted if it requests none
public record RegisteredClient(String id, String secret, Set<String> tenants, Set<String> scopes) {
  public RegisteredClient {
    tenants = Set.copyOf(tenants);
    scopes = Set.copyOf(scopes);
  }

  boolean authenticates(String givenSecret) {
    return MessageDigest.isEqual(
        secret.getBytes(StandardCharsets.UTF_8), givenSecret.getBytes(StandardCharsets.UTF_8));
  }

  /// Omits the secret.
  @Override
  public String toString() {
    return "RegisteredClient[" + id + ", tenants " + tenants + ", scopes " + scopes + "]";
  }
}
