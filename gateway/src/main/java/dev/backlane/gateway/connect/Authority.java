package dev.backlane.gateway.connect;

import dev.backlane.protocol.url.HttpUrl;
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
    HttpUrl url = HttpUrl.of(base);
    boolean standard = url.port() == (url.secure() ? 443 : 80);
    String path = base.getRawPath() == null ? "" : base.getRawPath();
    String basePath = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    return new Authority(
        url.host(),
        url.port(),
        standard ? url.hostInUrl() : url.hostInUrl() + ":" + url.port(),
        basePath,
        url.secure());
  }
}
