package dev.backlane.gateway.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/// Where and how to listen for clients.
///
/// @param host the address to bind
/// @param port the TCP port; 0: any free port
/// @param idleTimeout how long a connection without a request stays open
/// @param requestTimeout the longest time until the head of a request is complete, and how far a
///     client may be behind the minimum rate; a body as a whole has no time limit
/// @param bytesPerSecondMin the minimum rate at which a client sends content and reads a response;
///     0: only silence is limited
/// @param headerBytesMax total size of a request's header fields; a larger head is refused with 431
/// @param connectionsMax connections open at the same time; beyond it, connections without a
///     request are closed, or new ones if all have one
/// @param tls the context for HTTPS; empty: plain HTTP
public record ListenerSettings(
    String host,
    int port,
    Duration idleTimeout,
    Duration requestTimeout,
    long bytesPerSecondMin,
    int headerBytesMax,
    int connectionsMax,
    Optional<SSLContext> tls) {
  /// The same settings at another address.
  public ListenerSettings at(String otherHost, int otherPort) {
    return new ListenerSettings(
        otherHost,
        otherPort,
        idleTimeout,
        requestTimeout,
        bytesPerSecondMin,
        headerBytesMax,
        connectionsMax,
        tls);
  }

  /// The same settings with other TLS.
  public ListenerSettings withTls(Optional<SSLContext> other) {
    return new ListenerSettings(
        host,
        port,
        idleTimeout,
        requestTimeout,
        bytesPerSecondMin,
        headerBytesMax,
        connectionsMax,
        other);
  }

  /// The same settings with another maximum of connections.
  public ListenerSettings withConnectionsMax(int other) {
    return new ListenerSettings(
        host, port, idleTimeout, requestTimeout, bytesPerSecondMin, headerBytesMax, other, tls);
  }

  /// Returns the exception for a port that cannot be opened.
  public UncheckedIOException cannotListen(IOException cause) {
    return new UncheckedIOException(
        "cannot listen on "
            + host
            + " port "
            + port
            + ": "
            + cause.getMessage()
            + "; stop the process that listens there",
        cause);
  }
}
