package dev.backlane.gateway.connect;

import java.net.URI;

/// The parts of the upstream's URL, parsed once.
///
/// @param host name or address literal, without brackets
/// @param port the explicit one, or the scheme's default
/// @param hostHeader the value of `Host` (RFC 9110 section 7.2); with the port unless it is the
///     scheme's default
/// @param basePath prefix of every target, without a trailing slash; often empty
/// @param secure whether the connection uses TLS
public record Authority(String host, int port, String hostHeader, String basePath, boolean secure) {
  /// Parses the URL of an upstream.
  ///
  /// @throws IllegalArgumentException if it is not an `http` or `https` URL with a host
  public static Authority of(URI base) {
    String scheme = base.getScheme();
    boolean secure = "https".equalsIgnoreCase(scheme);
    String host = base.getHost();
    if (!secure && !"http".equalsIgnoreCase(scheme) || host == null) {
      throw new IllegalArgumentException(
          "an upstream's URL begins with http:// or https:// and a host, not " + base);
    }
    int defaultPort = secure ? 443 : 80;
    int port = base.getPort() < 0 ? defaultPort : base.getPort();
    String path = base.getRawPath() == null ? "" : base.getRawPath();
    String basePath = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    return new Authority(
        bare, port, port == defaultPort ? host : host + ":" + port, basePath, secure);
  }
}
