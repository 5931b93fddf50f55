package dev.backlane.gateway.credentials;

import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.upstream.CredentialsException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// The bearer token among a caller's header fields.
final class CallerToken {
  private static final String BEARER = "Bearer ";
  private static final JsonFactory JSON = new JsonFactory();

  private CallerToken() {}

  static Optional<String> in(List<Header> lines) {
    for (var line : lines) {
      var value = line.value();
      if (line.is("Authorization") && value.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
        return Optional.of(value.substring(BEARER.length()).strip());
      }
    }
    return Optional.empty();
  }

  /// When a token expires, by its own `exp` (RFC 7519 section 4.1.4); empty if it has none, as an
  /// opaque token. Nothing is verified. Reads the claims alone, since this is done for each call.
  static Optional<Instant> expiry(String token) {
    int first = token.indexOf('.');
    int second = token.indexOf('.', first + 1);
    // An encrypted token has more parts.
    if (first < 0 || second < 0 || token.indexOf('.', second + 1) >= 0) {
      return Optional.empty();
    }
    try {
      byte[] claims = Base64.getUrlDecoder().decode(token.substring(first + 1, second));
      return expiryOf(claims);
    } catch (IllegalArgumentException | JacksonException | DateTimeException opaque) {
      return Optional.empty();
    }
  }

  private static Optional<Instant> expiryOf(byte[] claims) {
    Optional<Instant> expiry = Optional.empty();
    try (var json = JSON.createParser(ObjectReadContext.empty(), claims)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        return Optional.empty();
      }
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        boolean named = json.currentName().equals("exp");
        if (json.nextToken().isNumeric() && named) {
          expiry = Optional.of(Instant.ofEpochSecond(json.getLongValue()));
        }
        json.skipChildren();
      }
    }
    return expiry;
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
