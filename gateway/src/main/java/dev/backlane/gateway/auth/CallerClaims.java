package dev.backlane.gateway.auth;

import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.BadJWTException;
import dev.backlane.engine.operation.Caller;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Reads the caller and the granted scopes from a verified token.
final class CallerClaims {
  /// The most characters of a tenant, client or subject. They are parts of stored index entries and
  /// log lines.
  static final int NAME_CHARS_MAX = 255;

  private final JwtSettings.Claims names;

  CallerClaims(JwtSettings.Claims names) {
    this.names = names;
  }

  /// The caller.
  ///
  /// @throws BadJWTException with a message for the client's developer if the token names no
  ///     tenant, or neither a client nor a subject, or if one of them is longer than
  ///     [#NAME_CHARS_MAX] or has control characters
  Caller caller(JWTClaimsSet claims) throws BadJWTException {
    String tenant = text(claims, names.tenant());
    if (tenant.isEmpty()) {
      throw new BadJWTException(
          "The token names no tenant: the claim " + names.tenant() + " is missing.");
    }
    String client = text(claims, names.client());
    if (client.isEmpty()) {
      client = text(claims, "azp");
    }
    String subject = text(claims, names.subject());
    if (client.isEmpty() && subject.isEmpty()) {
      String both = names.client() + " and " + names.subject();
      throw new BadJWTException("The token names no caller: the claims " + both + " are missing.");
    }
    return new Caller(tenant, client, subject);
  }

  /// The scopes: `scope` as one string (RFC 8693 section 4.2) or as an array, as some issuers write
  /// it, or `scp` in either form, as others do.
  static Set<String> scopes(JWTClaimsSet claims) {
    var scopes = new LinkedHashSet<String>();
    for (String name : List.of("scope", "scp")) {
      switch (claims.getClaim(name)) {
        case String text -> scopes.addAll(List.of(text.strip().split(" +")));
        case Collection<?> many -> many.forEach(one -> scopes.add(String.valueOf(one)));
        case null, default -> {
          // No claim, or one that names no scope: the token grants nothing.
        }
      }
    }
    scopes.remove("");
    return scopes;
  }

  // Some issuers use numbers for tenants. Anything but text and numbers identifies no caller.
  private static String text(JWTClaimsSet claims, String name) throws BadJWTException {
    Object value = claims.getClaim(name);
    if (!(value instanceof String || value instanceof Number)) {
      return "";
    }
    String text = value.toString().strip();
    if (text.length() > NAME_CHARS_MAX) {
      throw new BadJWTException(
          "The token's claim %s has %d characters; at most %d are allowed."
              .formatted(name, text.length(), NAME_CHARS_MAX));
    }
    // PostgreSQL cannot store U+0000, and a surrogate without its other half is no character.
    if (text.codePoints().anyMatch(CallerClaims::isUnstorable)) {
      throw new BadJWTException(
          "The token's claim %s has control characters or incomplete surrogate pairs."
              .formatted(name));
    }
    return text;
  }

  private static boolean isUnstorable(int codePoint) {
    return Character.isISOControl(codePoint) || Character.getType(codePoint) == Character.SURROGATE;
  }
}
