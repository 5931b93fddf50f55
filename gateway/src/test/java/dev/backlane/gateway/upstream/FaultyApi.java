package dev.backlane.gateway.upstream;

import dev.backlane.gateway.upstream.ScriptedServer.Script;
import dev.backlane.gateway.upstream.ScriptedServer.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/// A server that fails in a given way, on its first connection or on all of them, and counts the
/// requests whose head it has read.
final class FaultyApi implements AutoCloseable {
  /// The limit of the gateway for response bodies.
  static final int RESPONSE_BYTES_MAX = 10_000;

  /// How much of the first attempt of a large call is read before it is reset.
  private static final int READ_BEFORE_RESET_BYTES = 100_000;

  private static final String GOOD =
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

  private final AtomicInteger received = new AtomicInteger();
  private final CountDownLatch idleClosed = new CountDownLatch(1);
  private final URI uri;
  private final ScriptedServer server;

  /// @param fault a fault by its name in the table, or a status, optionally with a header field
  /// @param always false: for the first connection only; all later ones get `200`
  /// @param untrusted serves TLS with a certificate that no client trusts
  FaultyApi(String fault, boolean always, SSLContext untrusted) throws IOException {
    var script = script(fault);
    Script[] scripts = always ? new Script[] {script} : new Script[] {script, responding(GOOD)};
    server =
        switch (fault) {
          case "certificate not trusted" ->
              new ScriptedServer(
                  untrusted
                      .getServerSocketFactory()
                      .createServerSocket(0, 50, InetAddress.getLoopbackAddress()),
                  scripts);
          default -> new ScriptedServer(scripts);
        };
    uri =
        switch (fault) {
          case "connection refused" -> URI.create("http://127.0.0.1:" + unusedPort());
          case "unknown host" -> URI.create("http://nowhere.invalid");
          case "no TLS", "certificate not trusted" ->
              URI.create("https://127.0.0.1:" + server.port());
          default -> server.uri();
        };
  }

  private static int unusedPort() throws IOException {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return taken.getLocalPort();
    }
  }

  private Script script(String fault) {
    return switch (fault) {
      case "connection refused", "unknown host" ->
          _ -> {
            throw new IOException("no client may connect");
          };
      case "no TLS" -> wire -> respond(wire, "this is no TLS\r\n\r\n");
      case "certificate not trusted" -> responding(GOOD);
      case "pooled, closed before" -> this::closeIdle;
      case "pooled, closed at the first byte" -> FaultyApi::resetAtTheFirstByte;
      // An earlier reset may reach a client that still connects, which then has sent nothing.
      case "reset at the first byte" ->
          wire -> {
            wire.readByte();
            wire.reset();
          };
      case "reset while sending" -> this::resetWhileSending;
      case "reset while waiting" ->
          wire -> {
            readRequest(wire);
            wire.reset();
          };
      case "closed while waiting" ->
          wire -> {
            readRequest(wire);
            wire.close();
          };
      case "silence" ->
          wire -> {
            readRequest(wire);
            wire.readAll();
          };
      case "head cut off" -> responding("HTTP/1.1 200 OK\r\nContent-Le");
      case "length cut short" -> responding("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
      case "chunks cut short" ->
          responding("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
      case "too large" ->
          responding(
              "HTTP/1.1 200 OK\r\nContent-Length: "
                  + (RESPONSE_BYTES_MAX + 1)
                  + "\r\n\r\n"
                  + "x".repeat(RESPONSE_BYTES_MAX + 1));
      case "too large, length unknown" ->
          responding("HTTP/1.1 200 OK\r\n\r\n" + "x".repeat(RESPONSE_BYTES_MAX + 1));
      case "no HTTP" -> responding("no HTTP at all\r\n\r\n");
      case "early response" -> this::respondEarly;
      default -> responding(statusResponse(fault));
    };
  }

  private static String statusResponse(String statusAndHeader) {
    var parts = statusAndHeader.split(" ", 2);
    return "HTTP/1.1 "
        + Integer.parseInt(parts[0])
        + " Status\r\n"
        + (parts.length == 2 ? parts[1] + "\r\n" : "")
        + "Content-Length: 0\r\nConnection: close\r\n\r\n";
  }

  private Script responding(String response) {
    return wire -> {
      readRequest(wire);
      respond(wire, response);
    };
  }

  /// Sends, and closes normally: a reset could discard the sent bytes at the other side.
  private static void respond(Wire wire, String response) throws IOException {
    wire.send(response);
    wire.socket().shutdownOutput();
    wire.readAll();
  }

  private void readRequest(Wire wire) throws IOException {
    wire.readRequest();
    received.incrementAndGet();
  }

  private void closeIdle(Wire wire) throws IOException {
    wire.readRequest();
    wire.send("HTTP/1.1 204 No Content\r\n\r\n");
    wire.close();
    idleClosed.countDown();
  }

  private static void resetAtTheFirstByte(Wire wire) throws IOException {
    wire.readRequest();
    wire.send("HTTP/1.1 204 No Content\r\n\r\n");
    wire.readByte();
    wire.reset();
  }

  private void resetWhileSending(Wire wire) throws IOException {
    wire.readHead();
    received.incrementAndGet();
    wire.read(READ_BEFORE_RESET_BYTES);
    wire.reset();
  }

  private void respondEarly(Wire wire) throws IOException {
    wire.readHead();
    received.incrementAndGet();
    respond(wire, statusResponse("413"));
  }

  /// The address where it listens, or would listen.
  URI uri() {
    return uri;
  }

  /// Requests whose head was read, without the warm-up.
  int received() {
    return received.get();
  }

  /// Waits until the connection of the warm-up is closed.
  void awaitIdleClosed() throws InterruptedException {
    if (!idleClosed.await(10, TimeUnit.SECONDS)) {
      throw new AssertionError("the idle connection was not closed");
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
