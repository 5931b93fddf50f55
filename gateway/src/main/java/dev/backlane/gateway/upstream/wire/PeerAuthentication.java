package dev.backlane.gateway.upstream.wire;

import dev.backlane.engine.operation.Header;
import java.util.List;

/// Authentication schemes that apply to a connection instead of a request: after the handshake of
/// NTLM, and of Negotiate (RFC 4559) at many servers, each request on the connection is served
/// under the identity of the caller that authenticated. Such a connection is never used for
/// another caller. Stateless.
public final class PeerAuthentication {
  private static final List<String> SCHEMES =
      List.of("NTLM", "Negotiate", "Nego2", "Kerberos", "GSSAPI", "GSS-Negotiate");

  private static final String PERSISTENT = "true";

  private PeerAuthentication() {}

  /// Whether a request has credentials of such a scheme.
  public static boolean requestedBy(List<Header> request) {
    for (Header field : request) {
      if (field.is("Authorization") && beginsWithScheme(field.value())) {
        return true;
      }
    }
    return false;
  }

  /// Whether a request has credentials of another scheme, so that it does not rely on the identity
  /// of its connection.
  public static boolean otherThanIn(List<Header> request) {
    for (Header field : request) {
      if (field.is("Authorization") && !beginsWithScheme(field.value())) {
        return true;
      }
    }
    return false;
  }

  /// Whether a response offers such a scheme, or reports that the connection stays authenticated.
  public static boolean reportedBy(List<Header> response) {
    for (Header field : response) {
      if (field.is("WWW-Authenticate") || field.is("Proxy-Authenticate")) {
        for (String challenge : field.value().split(",", -1)) {
          if (beginsWithScheme(challenge)) {
            return true;
          }
        }
      } else if (field.is("Persistent-Auth")
          && field.value().strip().equalsIgnoreCase(PERSISTENT)) {
        return true;
      }
    }
    return false;
  }

  private static boolean beginsWithScheme(String credentials) {
    var text = credentials.strip();
    int end = 0;
    while (end < text.length() && text.charAt(end) != ' ' && text.charAt(end) != '\t') {
      end++;
    }
    var scheme = text.substring(0, end);
    return SCHEMES.stream().anyMatch(scheme::equalsIgnoreCase);
  }
}
