package dev.backlane.gateway.upstream;

import java.net.URI;

/// Where the upstream listens, taken apart once.
///
/// @param host name or address literal, without brackets
/// @param port never the default's -1
/// @param hostHeader the value of `Host` (RFC 9110 section 7.2): the port only where it is not the scheme's own
/// @param basePath prefix of every target, without a trailing slash; often empty
/// @param secure whether TLS is spoken
record Authority(String host, int port, String hostHeader, String basePath, boolean secure) {
  static Authority of(URI base) {
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
