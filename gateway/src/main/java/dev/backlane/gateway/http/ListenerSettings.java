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
///     client may be behind the minimum rate
/// @param bodyTimeout the longest time until the body of a request is complete
/// @param bytesPerSecondMin the minimum rate at which a client sends content and reads a response;
///     0: only silence is limited
/// @param headerBytesMax total size of a request's header fields; a larger head is refused with 431
/// @param headerFieldsMax header fields of a request; more are refused with 431
/// @param connectionsMax connections open at the same time; beyond it, connections without a
///     request are closed, then those of slow clients, or new ones if there are none
/// @param connectionBytesMax memory that connections and their calls may occupy at the same time
/// @param tls the context for HTTPS; empty: plain HTTP
public record ListenerSettings(
    String host,
    int port,
    Duration idleTimeout,
    Duration requestTimeout,
    Duration bodyTimeout,
    long bytesPerSecondMin,
    int headerBytesMax,
    int headerFieldsMax,
    int connectionsMax,
    long connectionBytesMax,
    Optional<SSLContext> tls) {
  private static final Duration BODY_TIMEOUT = Duration.ofHours(4);
  private static final int HEADER_FIELDS_MAX = 200;

  /// With the default limits of bodies and header fields, and without a limit of memory.
  public ListenerSettings(
      String host,
      int port,
      Duration idleTimeout,
      Duration requestTimeout,
      long bytesPerSecondMin,
      int headerBytesMax,
      int connectionsMax,
      Optional<SSLContext> tls) {
    this(
        host,
        port,
        idleTimeout,
        requestTimeout,
        BODY_TIMEOUT,
        bytesPerSecondMin,
        headerBytesMax,
        HEADER_FIELDS_MAX,
        connectionsMax,
        Long.MAX_VALUE,
        tls);
  }

  /// The same settings at another address.
  public ListenerSettings at(String otherHost, int otherPort) {
    return with(otherHost, otherPort, connectionsMax, connectionBytesMax, tls);
  }

  /// The same settings with other TLS.
  public ListenerSettings withTls(Optional<SSLContext> other) {
    return with(host, port, connectionsMax, connectionBytesMax, other);
  }

  /// The same settings with other limits of connections and of their memory.
  public ListenerSettings withCapacity(int otherConnectionsMax, long otherConnectionBytesMax) {
    return with(host, port, otherConnectionsMax, otherConnectionBytesMax, tls);
  }

  private ListenerSettings with(
      String otherHost,
      int otherPort,
      int otherConnectionsMax,
      long otherConnectionBytesMax,
      Optional<SSLContext> otherTls) {
    return new ListenerSettings(
        otherHost,
        otherPort,
        idleTimeout,
        requestTimeout,
        bodyTimeout,
        bytesPerSecondMin,
        headerBytesMax,
        headerFieldsMax,
        otherConnectionsMax,
        otherConnectionBytesMax,
        otherTls);
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
