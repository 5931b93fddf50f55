package dev.backlane.app.config.reader;

import dev.backlane.app.config.reader.ValueType.Scalar;
import dev.backlane.app.config.reader.ValueType.WrongValueException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Set;

/// Absolute `http` and `https` URLs. A problem never quotes them, since a URL may contain a
/// password.
public final class UrlType {
  private enum Part {
    PATH,
    QUERY
  }

  private static final int PORT_MAX = 65_535;

  private UrlType() {}

  /// Scheme, host and port only.
  public static Scalar<URI> ofServer(String example) {
    return type(
        "an absolute http or https URL with neither path nor query, such as " + example, Set.of());
  }

  /// May have a path, which is kept without a trailing `/`.
  public static Scalar<URI> ofBase(String example) {
    return type(
        "an absolute http or https URL without query, such as " + example, Set.of(Part.PATH));
  }

  /// May have a path and a query.
  public static Scalar<URI> ofPage(String example) {
    return type("an absolute http or https URL, such as " + example, Set.of(Part.PATH, Part.QUERY));
  }

  private static Scalar<URI> type(String expected, Set<Part> allowed) {
    return new Scalar<>(expected, "URL", false, text -> parse(text, allowed));
  }

  private static URI parse(String text, Set<Part> allowed) throws WrongValueException {
    URI url = syntax(text);
    if (url.getScheme() == null || !url.getScheme().matches("(?i)https?")) {
      throw new WrongValueException("does not begin with http:// or https://");
    }
    if (url.getHost() == null || url.getPort() == 0 || url.getPort() > PORT_MAX) {
      throw new WrongValueException("has no usable host and port");
    }
    if (url.getRawUserInfo() != null) {
      throw new WrongValueException("contains a user or password");
    }
    if (url.getRawFragment() != null) {
      throw new WrongValueException("has a fragment ('#')");
    }
    if (url.getRawQuery() != null && !allowed.contains(Part.QUERY)) {
      throw new WrongValueException("has a query ('?')");
    }
    if (!allowed.contains(Part.PATH) && !url.getRawPath().matches("/?")) {
      throw new WrongValueException("has a path");
    }
    // Paths are appended to this URL, so a trailing '/' would be doubled.
    return allowed.contains(Part.QUERY) ? url : URI.create(text.replaceFirst("/+$", ""));
  }

  private static URI syntax(String text) throws WrongValueException {
    try {
      return new URI(text);
    } catch (URISyntaxException e) {
      throw new WrongValueException("is not a URL");
    }
  }
}
