package dev.backlane.gateway.issuer;

import dev.backlane.protocol.url.HttpUrl;
import dev.backlane.protocol.url.InvalidUrlException;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Finds the endpoints of an issuer by its identifier alone: in the document of OpenID Connect
/// Discovery 1.0 section 4, or else in that of RFC 8414 section 3. Stateless.
public final class IssuerMetadata {
  private static final String OPENID = "/.well-known/openid-configuration";
  private static final String OAUTH = "/.well-known/oauth-authorization-server";
  private static final JsonMapper MAPPER = new JsonMapper();

  private IssuerMetadata() {}

  /// Where the documents of an issuer may be, in the order in which they are tried.
  ///
  /// @param issuer an absolute `https` or `http` URL
  public static List<URI> locations(String issuer) {
    var base = URI.create(issuer.replaceFirst("/+$", ""));
    var server = base.getScheme() + "://" + base.getRawAuthority();
    return List.of(URI.create(base + OPENID), URI.create(server + OAUTH + base.getRawPath()));
  }

  /// The URL of the issuer's keys.
  ///
  /// @throws IOException with what is wrong if none of the documents can be used
  static URI keys(String issuer, IssuerClient client) throws IOException {
    IOException first = null;
    for (var location : locations(issuer)) {
      try {
        return keys(client.get(location), location, issuer);
      } catch (IOException unusable) {
        if (first == null) {
          first = unusable;
        } else {
          first.addSuppressed(unusable);
        }
      }
    }
    throw first == null ? new IOException("no metadata") : first;
  }

  /// The URL of the keys in a document.
  ///
  /// @throws IOException if it is malformed, or the document of another issuer
  public static URI keys(byte[] document, URI location, String issuer) throws IOException {
    JsonNode metadata;
    try {
      metadata = MAPPER.readTree(document);
    } catch (JacksonException malformed) {
      throw new IOException(location + " is not JSON" + KeySet.beginning(document), malformed);
    }
    // Otherwise any issuer could speak for any other (OpenID Connect Discovery section 4.3).
    var named = metadata.path("issuer");
    if (!named.isString() || !named.asString().equals(issuer)) {
      throw new IOException(
          location
              + " is the document of another issuer, "
              + KeySet.printable(named.toString())
              + "; it must be equal to "
              + issuer
              + ", character by character");
    }
    return url(metadata.path("jwks_uri"), location, issuer);
  }

  private static URI url(JsonNode member, URI location, String issuer) throws IOException {
    try {
      var url = HttpUrl.parse(member.isString() ? member.asString() : "");
      if (url.secure() || !isSecure(issuer)) {
        return url.uri();
      }
    } catch (InvalidUrlException malformed) {
      // Reported below, as every other unusable value.
    }
    throw new IOException(
        location
            + " has no usable jwks_uri: an absolute "
            + (isSecure(issuer) ? "https" : "http or https")
            + " URL is required");
  }

  private static boolean isSecure(String issuer) {
    return issuer.regionMatches(true, 0, "https:", 0, "https:".length());
  }
}
