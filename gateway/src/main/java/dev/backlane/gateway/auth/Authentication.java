package dev.backlane.gateway.auth;

import dev.backlane.engine.operation.Caller;
import java.time.Instant;
import java.util.Set;

/// The result of authenticating a request. Immutable.
public sealed interface Authentication {
  /// The caller is identified.
  ///
  /// @param caller the identity that the token names
  /// @param scopes what the token grants (RFC 6749 section 3.3); empty if it names none
  /// @param expiresAt when the token expires; [Instant#MAX] if it does not
  record Authenticated(Caller caller, Set<String> scopes, Instant expiresAt)
      implements Authentication {
    public Authenticated {
      scopes = Set.copyOf(scopes);
    }
  }

  /// The request must not be served.
  ///
  /// @param status 401 (no valid token), 403 (insufficient scope), or 503 (the
  ///     issuer is unavailable, so the token cannot be verified)
  /// @param error the error code of RFC 6750 section 3.1, or `temporarily_unavailable` with 503;
  ///     empty if no token was sent
  /// @param detail one sentence for the client's developer; never contains the token
  /// @param challenge the value of `WWW-Authenticate` (RFC 6750 section 3); empty with 503
  record Refused(int status, String error, String detail, String challenge)
      implements Authentication {
    /// No valid token.
    static final int UNAUTHORIZED = 401;

    private static final String REALM = "Bearer realm=\"backlane\"";

    static Refused withoutToken() {
      return new Refused(
          UNAUTHORIZED, "", "Send a bearer token in the Authorization header.", REALM);
    }

    static Refused invalidToken(String detail) {
      return challenged(UNAUTHORIZED, "invalid_token", detail, "");
    }

    static Refused insufficientScope(String detail, String scope) {
      String attribute = scope.isEmpty() ? "" : ", scope=\"" + printable(scope) + "\"";
      return challenged(403, "insufficient_scope", detail, attribute);
    }

    static Refused keysUnavailable() {
      return new Refused(
          503,
          "temporarily_unavailable",
          "The keys of the token's issuer are unavailable; try again shortly.",
          "");
    }

    static Refused issuerUnavailable() {
      return new Refused(
          503,
          "temporarily_unavailable",
          "The token cannot be checked at its issuer now; try again shortly.",
          "");
    }

    private static Refused challenged(int status, String error, String detail, String more) {
      String description = ", error_description=\"" + printable(detail) + "\"";
      String challenge = REALM + ", error=\"" + error + "\"" + description + more;
      return new Refused(status, error, detail, challenge);
    }

    // RFC 6750 section 3: %x20-21 / %x23-5B / %x5D-7E. Details may quote claims of the token, so
    // anything else, a line feed above all, must not get into a header.
    private static String printable(String text) {
      return text.replace('"', '\'').replaceAll("[^\\x20-\\x21\\x23-\\x5B\\x5D-\\x7E]", "?");
    }
  }
}
