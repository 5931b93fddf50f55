package dev.backlane.gateway.credentials;

import com.nimbusds.jwt.JWTParser;
import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.upstream.CredentialsException;
import java.text.ParseException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The bearer token among a caller's header fields.
final class CallerToken {
  private static final String BEARER = "Bearer ";

  private CallerToken() {}

  static Optional<String> in(List<Header> lines) {
    return lines.stream()
        .filter(line -> line.is("Authorization"))
        .map(Header::value)
        .filter(value -> value.regionMatches(true, 0, BEARER, 0, BEARER.length()))
        .map(value -> value.substring(BEARER.length()).strip())
        .findFirst();
  }

  /// When a token expires, by its own `exp`; empty if it has none, as an opaque token.
  static Optional<Instant> expiry(String token) {
    try {
      return Optional.ofNullable(JWTParser.parse(token).getJWTClaimsSet())
          .map(claims -> claims.getExpirationTime())
          .map(time -> time.toInstant());
    } catch (ParseException opaque) {
      return Optional.empty();
    }
  }

  /// @throws CredentialsException if the token has expired
  static void requireFresh(String token, Instant now) throws CredentialsException {
    var expiry = expiry(token);
    if (expiry.isPresent() && !now.isBefore(expiry.get())) {
      throw new CredentialsException(
          "The caller's access token expired at "
              + expiry.get()
              + ", before this attempt; nothing was sent in it. Make the call again with a fresh token.",
          false);
    }
  }
}
