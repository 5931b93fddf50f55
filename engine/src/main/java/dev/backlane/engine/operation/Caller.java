package dev.backlane.engine.operation;

import java.util.Optional;

/// The caller that started an operation. [Ownership] decides who else may read it.
///
/// @param tenant the company; operations are never shared between tenants
/// @param client the OAuth2 client; empty if the token names none
/// @param subject the subject of the token; empty if it names none
public record Caller(String tenant, String client, String subject) {
  /// The caller of every request if authentication is off.
  public static final Caller ANONYMOUS = new Caller("", "anonymous", "");

  /// The user on whose behalf the client acts. Empty if the token has no subject, or if the subject
  /// is the client itself, as in tokens of client credentials (RFC 9068 section 2.2).
  public Optional<String> user() {
    return subject.isEmpty() || subject.equals(client) ? Optional.empty() : Optional.of(subject);
  }
}
