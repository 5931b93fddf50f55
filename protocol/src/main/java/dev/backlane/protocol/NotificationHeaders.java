package dev.backlane.protocol;

import dev.backlane.protocol.field.Syntax;
import java.util.Optional;
import java.util.Set;

/// Which header fields of a notification a caller or an operator can name. Stateless.
///
/// Names are compared as receivers compare them. Behind CGI (RFC 3875 section 4.1.18), WSGI or PHP
/// a name is written in capitals and every `-` becomes `_`, so that `X_Signature` and `x-signature`
/// are the same variable; some servers also replace all other characters than letters and digits.
public final class NotificationHeaders {
  /// Fields of the connection and of framing (RFC 9110 section 7.6.1), and `Proxy`, which CGI
  /// programs read as the address of a proxy (httpoxy, CVE-2016-5385).
  private static final Set<String> CONNECTION =
      Set.of(
          "host",
          "connection",
          "keep-alive",
          "proxy",
          "te",
          "trailer",
          "trailers",
          "transfer-encoding",
          "upgrade",
          "http2-settings",
          "expect",
          "via");

  /// Pairs are stored and shown with the operation, unlike the sealed credentials of the request.
  private static final Set<String> CREDENTIALS = Set.of("authorization", "cookie", "set-cookie");

  private NotificationHeaders() {}

  /// The form of a name in which two names are the same for a receiver.
  ///
  /// @param name of ASCII characters
  public static String comparable(String name) {
    return Syntax.variable(name);
  }

  /// Whether two names are the same for a receiver.
  public static boolean same(String one, String other) {
    return comparable(one).equals(comparable(other));
  }

  /// Why a field of this name cannot be added to a notification; empty if it can.
  public static Optional<String> objection(String name) {
    if (same(name, Headers.X_SIGNATURE)) {
      return Optional.of("it carries the signature");
    }
    return objectionToSignature(name);
  }

  /// Why the signature cannot be sent in a field of this name; empty if it can.
  public static Optional<String> objectionToSignature(String name) {
    String comparable = comparable(name);
    if (CONNECTION.contains(comparable) || comparable.startsWith("proxy-")) {
      return Optional.of("it belongs to the connection");
    }
    if (comparable.startsWith("content-")) {
      return Optional.of("it describes the body, which Backlane writes");
    }
    if (comparable.startsWith("webhook-")) {
      return Optional.of("it carries the signature");
    }
    if (CREDENTIALS.contains(comparable)) {
      return Optional.of(
          "credentials in a pair would be stored unsealed; let the receiver verify the signature");
    }
    return Optional.empty();
  }
}
