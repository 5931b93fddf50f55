package dev.backlane.app.config;

import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Where the gateway listens and how it is seen from outside.
///
/// @param host an address or name of this machine
/// @param port 0 takes any free port
/// @param publicUrl absolute, `http` or `https`, no query, no trailing `/`; empty: derived, see [#publicUrlAt]
/// @param prefixes under which `/v1/background` answers as well; each begins with `/` and does not end with one
/// @param connections what one connection may ask for
/// @param tls with an identity, it speaks HTTPS alone
public record ServerConfig(
    String host,
    int port,
    Optional<URI> publicUrl,
    List<String> prefixes,
    Connections connections,
    TlsConfig tls) {

  /// The bounds of connections from clients.
  ///
  /// @param idleTimeout after which a connection without a request is closed
  /// @param requestTimeout for the head of a request, and between any two bytes of its body
  /// @param headerBytesMax of a request's header lines together
  /// @param max open at the same time
  public record Connections(
      Duration idleTimeout, Duration requestTimeout, int headerBytesMax, int max) {}

  public ServerConfig {
    prefixes = List.copyOf(prefixes);
  }

  /// Tells whether only this machine can reach it.
  public boolean onLoopback() {
    return isLoopback(host);
  }

  /// Tells whether a host is an address or name of the loopback interface.
  static boolean isLoopback(String host) {
    return host.equalsIgnoreCase("localhost")
        || (Types.isAddress(host) && InetAddress.ofLiteral(host).isLoopbackAddress());
  }

  /// The URL that clients use: the configured one, else derived from the host and the port that was taken.
  public URI publicUrlAt(int portTaken) {
    String authority = host.contains(":") ? "[" + host + "]" : host;
    String scheme = tls.identity().isPresent() ? "https" : "http";
    return publicUrl.orElseGet(() -> URI.create(scheme + "://" + authority + ":" + portTaken));
  }
}
