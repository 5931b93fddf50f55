package dev.backlane.benchmarks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;

/// Requests the list of unfinished operations from a gateway.
final class Probe {
  private static final String NOTHING = "\"items\":[]";

  private Probe() {}

  /// Returns whether any operation has not ended.
  static boolean unsettled(int port) throws IOException {
    return unsettled(port, "");
  }

  /// As above, with the token of the caller whose operations they are; empty if none is needed.
  static boolean unsettled(int port, String token) throws IOException {
    var authorization = token.isEmpty() ? "" : "Authorization: Bearer " + token + "\r\n";
    return !page(port, authorization).contains(NOTHING);
  }

  private static String page(int port, String fields) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket
          .getOutputStream()
          .write(
              ("GET /v1/background?limit=1&status=Started HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                      + fields
                      + "Connection: close\r\n\r\n")
                  .getBytes(ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }
}
