package dev.backlane.client.http;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// The address of an API. Stateless.
public final class BaseUri {
  private BaseUri() {}

  /// Reads an address, with or without a path and a slash at the end.
  ///
  /// @return the address without a slash at the end
  /// @throws IllegalArgumentException if it is not the address of an API; the message does not show
  ///     credentials in it
  public static URI of(String text) {
    try {
      return of(new URI(text.strip()));
    } catch (URISyntaxException malformed) {
      // The cause is not kept: it shows the text, which can have a password.
      throw new IllegalArgumentException(
          "The address of the API is not a URI: "
              + malformed.getReason()
              + ". Use one such as https://api.example.com.");
    }
  }

  /// As above.
  public static URI of(URI uri) {
    if (uri.getRawUserInfo() != null) {
      throw new IllegalArgumentException(
          "The address of the API must not have a user name or password: use Credentials instead.");
    }
    var scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    if (uri.getHost() == null || !scheme.equals("http") && !scheme.equals("https")) {
      throw new IllegalArgumentException(
          "\""
              + uri
              + "\" is not an address of an API. Use a URI such as https://api.example.com.");
    }
    if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
      throw new IllegalArgumentException(
          "\"" + uri + "\" has a query or a fragment. The address of the API ends before them.");
    }
    return URI.create(uri.toASCIIString().replaceFirst("/+$", ""));
  }

  /// Encodes a value for one segment of a path, or for a query.
  public static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
