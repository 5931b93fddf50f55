package dev.backlane.demo;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/// A request to a token endpoint (RFC 6749 section 3.2).
///
/// @param clientId the requesting client
/// @param clientSecret its secret as sent
/// @param form the parameters of the body without empty ones, as that section requires
record TokenRequest(String clientId, String clientSecret, Map<String, String> form) {
  TokenRequest {
    form = Map.copyOf(form);
  }

  /// Reads the client from `client_secret_basic` or `client_secret_post`, and the parameters.
  ///
  /// @param authorization the `Authorization` header; empty if absent
  static TokenRequest read(String authorization, String body) throws TokenRefusal {
    Map<String, String> form = form(body);
    String client = form.get("client_id");
    String secret = form.get("client_secret");
    if (authorization.isEmpty()) {
      if (client == null || secret == null) {
        throw TokenRefusal.invalidClient("no client authentication was sent");
      }
      return new TokenRequest(client, secret, form);
    }
    if (secret != null) {
      throw TokenRefusal.of("invalid_request", "the client authenticated in more than one way");
    }
    return basic(authorization, form);
  }

  /// A parameter of the body; empty if absent.
  String parameter(String name) {
    return form.getOrDefault(name, "");
  }

  private static TokenRequest basic(String authorization, Map<String, String> form)
      throws TokenRefusal {
    if (!authorization.regionMatches(true, 0, "Basic ", 0, "Basic ".length())) {
      throw TokenRefusal.invalidClient("the client must authenticate with Basic or in the body");
    }
    try {
      byte[] decoded =
          Base64.getDecoder().decode(authorization.substring("Basic ".length()).strip());
      String pair = new String(decoded, StandardCharsets.UTF_8);
      int colon = pair.indexOf(':');
      if (colon < 0) {
        throw TokenRefusal.invalidClient("the Basic credentials have no colon");
      }
      // Both halves are form-encoded before they are joined (RFC 6749 section 2.3.1).
      return new TokenRequest(
          decode(pair.substring(0, colon)), decode(pair.substring(colon + 1)), form);
    } catch (IllegalArgumentException malformed) {
      throw TokenRefusal.invalidClient("the Basic credentials are malformed");
    }
  }

  private static Map<String, String> form(String body) throws TokenRefusal {
    var form = new HashMap<String, String>();
    for (String pair : body.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals <= 0 || equals == pair.length() - 1) {
        continue;
      }
      try {
        String name = decode(pair.substring(0, equals));
        if (form.put(name, decode(pair.substring(equals + 1))) != null) {
          throw TokenRefusal.of("invalid_request", "the parameter " + name + " was sent twice");
        }
      } catch (IllegalArgumentException malformed) {
        throw TokenRefusal.of("invalid_request", "the body is not form-encoded");
      }
    }
    return form;
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  /// Omits the values of the parameters, which may contain the secret.
  @Override
  public String toString() {
    return "TokenRequest[" + clientId + ", " + form.keySet() + "]";
  }
}
