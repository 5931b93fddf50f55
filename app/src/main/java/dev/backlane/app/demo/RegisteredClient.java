package dev.backlane.app.demo;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Set;

/// A client that the development token issuer knows.
///
/// @param id its `client_id`
/// @param secret its `client_secret`
/// @param tenants the companies it may act for
/// @param scopes what it may ask for, and gets where it asks for none
public record RegisteredClient(String id, String secret, Set<String> tenants, Set<String> scopes) {
  public RegisteredClient {
    tenants = Set.copyOf(tenants);
    scopes = Set.copyOf(scopes);
  }

  boolean knows(String givenSecret) {
    return MessageDigest.isEqual(
        secret.getBytes(StandardCharsets.UTF_8), givenSecret.getBytes(StandardCharsets.UTF_8));
  }

  /// Without the secret.
  @Override
  public String toString() {
    return "RegisteredClient[" + id + ", tenants " + tenants + ", scopes " + scopes + "]";
  }
}
