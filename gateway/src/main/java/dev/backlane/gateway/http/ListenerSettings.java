package dev.backlane.gateway.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/// Where and how to listen for clients.
///
/// @param host the address to bind
/// @param port 0 takes any free port
/// @param idleTimeout after which a connection without a request is closed
/// @param requestTimeout for the head of a request as a whole, and between any two bytes of its body
/// @param headerBytesMax of a request's header fields together; more is refused with 431
/// @param connectionsMax open at the same time
/// @param tls for HTTPS; empty: HTTP
public record ListenerSettings(
    String host,
    int port,
    Duration idleTimeout,
    Duration requestTimeout,
    int headerBytesMax,
    int connectionsMax,
    Optional<SSLContext> tls) {
  /// The failure to open the port, with the fix in its message.
  public UncheckedIOException cannotListen(IOException cause) {
    return new UncheckedIOException(
        "cannot listen on "
            + host
            + " port "
            + port
            + ": "
            + cause.getMessage()
            + "; stop the process that listens there, or set another server.host or server.port",
        cause);
  }
}
