package dev.backlane.gateway.auth;

import dev.backlane.engine.operation.Caller;
import java.math.BigInteger;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Reads the caller and the granted scopes from the claims of a verified token. Immutable.
///
/// Names are taken exactly as the token has them, or the token is refused; none is trimmed, rounded
/// or normalized, so that two callers never become one. A whole number is the same name as its
/// text. A claim that is missing, null or an empty text names nothing.
final class CallerClaims {
  /// The most characters of a tenant, client or subject. They are parts of stored index entries and
  /// log lines.
  static final int NAME_CHARS_MAX = 255;

  private final IdentityClaims names;

  CallerClaims(IdentityClaims names) {
    this.names = names;
  }

  /// The caller.
  ///
  /// @throws InvalidTokenException with a message for the client's developer if the token names no
  ///     tenant, or neither a client nor a subject, or if one of them is longer than
  ///     [#NAME_CHARS_MAX], is neither a text nor a whole number, or has white space around it or
  ///     control characters
  Caller caller(TokenClaims claims) throws InvalidTokenException {
    String tenant =
        names.fixedTenant().isPresent() ? names.fixedTenant().get() : text(claims, names.tenant());
    if (tenant.isEmpty()) {
      throw new InvalidTokenException(
          "The token names no tenant: the claim " + names.tenant() + " is missing.");
    }
    String client = text(claims, names.client());
    if (client.isEmpty()) {
      client = text(claims, "azp");
    }
    String subject = text(claims, names.subject());
    if (client.isEmpty() && subject.isEmpty()) {
      String both = names.client() + " and " + names.subject();
      throw new InvalidTokenException(
          "The token names no caller: the claims " + both + " are missing.");
    }
    return new Caller(tenant, prefixed(client), prefixed(subject));
  }

  private String prefixed(String name) {
    return name.isEmpty() ? name : names.prefix() + name;
  }

  /// The scopes, from all of the claims that may hold them: each as one text with spaces (RFC 8693
  /// section 4.2), or as a list of texts.
  Set<String> scopes(TokenClaims claims) {
    var scopes = new LinkedHashSet<String>();
    for (String name : names.scopes()) {
      switch (claims.find(new ClaimPath(name)).orElse("")) {
        case String text -> scopes.addAll(List.of(text.split(" ", -1)));
        case List<?> many ->
            many.forEach(one -> {
              if (one instanceof String scope) {
                scopes.add(scope);
              }
            });
        default -> {
          // No text: the token grants nothing by it.
        }
      }
    }
    scopes.remove("");
    return scopes;
  }

  private String text(TokenClaims claims, String name) throws InvalidTokenException {
    Optional<Object> value = claims.find(new ClaimPath(name));
    if (value.isEmpty()) {
      return "";
    }
    // Some issuers use numbers for tenants. Java's own texts of other numbers differ from those of
    // the token (1e2, 1.0), and two of these could be the same number.
    String text =
        switch (value.get()) {
          case String exact -> exact;
          case Integer number -> number.toString();
          case Long number -> number.toString();
          case BigInteger number -> number.toString();
          default ->
              throw new InvalidTokenException(
                  "The token's claim " + name + " is neither a text nor a whole number.");
        };
    check(name, text);
    return text;
  }

  private void check(String claim, String text) throws InvalidTokenException {
    int max = NAME_CHARS_MAX - names.prefix().length();
    if (text.length() > max) {
      throw new InvalidTokenException(
          "The token's claim %s has %d characters; at most %d are allowed."
              .formatted(claim, text.length(), max));
    }
    // PostgreSQL cannot store U+0000, and a surrogate without its other half is no character.
    if (text.codePoints().anyMatch(CallerClaims::isUnstorable)) {
      throw new InvalidTokenException(
          "The token's claim %s has control characters or incomplete surrogate pairs."
              .formatted(claim));
    }
    if (!text.isEmpty()
        && (isSpace(text.codePointAt(0)) || isSpace(text.codePointBefore(text.length())))) {
      throw new InvalidTokenException(
          "The token's claim " + claim + " starts or ends with white space.");
    }
  }

  private static boolean isUnstorable(int codePoint) {
    return Character.isISOControl(codePoint) || Character.getType(codePoint) == Character.SURROGATE;
  }

  private static boolean isSpace(int codePoint) {
    return Character.isWhitespace(codePoint) || Character.isSpaceChar(codePoint);
  }
}
