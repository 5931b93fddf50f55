package dev.backlane.protocol.field;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/// The header fields of a response that grant access, or prove that it was granted. They are for
/// the caller of the endpoint alone: states do not show them. Stateless.
public final class ResponseCredentials {
  // RFC 6265, RFC 2965, RFC 9110 section 11, RFC 7615, RFC 8053, and the common fields for tokens.
  private static final Set<String> FIELDS =
      Set.of(
          "set-cookie",
          "set-cookie2",
          "cookie",
          "authorization",
          "proxy-authorization",
          "proxy-authenticate",
          "authentication-info",
          "proxy-authentication-info",
          "authentication-control",
          "x-auth-token",
          "x-subject-token",
          "x-access-token",
          "x-refresh-token",
          "x-session-token",
          "x-amz-security-token",
          "x-api-key",
          "x-csrf-token",
          "x-xsrf-token");

  // These challenges carry a token of their connection (RFC 4559); others say what to send.
  private static final Pattern TOKEN_IN_CHALLENGE =
      Pattern.compile("(?i)(^|,)\\s*(negotiate|ntlm|kerberos)\\s+\\S");

  private ResponseCredentials() {}

  /// Whether a header field of a response is or carries a credential.
  public static boolean isOne(String name, String value) {
    var lower = name.toLowerCase(Locale.ROOT);
    return FIELDS.contains(lower)
        || lower.equals("www-authenticate") && TOKEN_IN_CHALLENGE.matcher(value).find();
  }
}
