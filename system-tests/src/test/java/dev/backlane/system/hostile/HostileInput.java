package dev.backlane.system.hostile;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Json;
import dev.backlane.system.support.RecordingApi.Received;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// One hostile input and the expected response.
///
/// @param name describes the input
/// @param sent the bytes, one character each, with placeholders such as `{token}`; the client
///     closes its side afterwards
/// @param expected checks the response and the requests that reached the upstream
record HostileInput(String name, String sent, Expected expected) {
  private static final int RESPONSE_MILLIS_MAX = 20_000;

  /// A qualified name, such as that of a class of the web server.
  private static final Pattern PACKAGE_NAME =
      Pattern.compile("\\b(?:io|org|com|net)\\.[a-z]\\w*\\.");

  private static final String BREAK = "\r\n";

  /// Checks a response.
  @FunctionalInterface
  interface Expected {
    /// @param response all bytes until the gateway closed the connection
    /// @param upstream the requests that the upstream received
    void check(String response, List<Received> upstream);
  }

  /// A request with header fields and without a body.
  static String request(String line, String... headers) {
    return line
        + " HTTP/1.1\r\nHost: api.example\r\n"
        + String.join(BREAK, headers)
        + (headers.length == 0 ? "" : BREAK)
        + BREAK;
  }

  /// As above, with the token of the default caller.
  static String authorized(String line, String... headers) {
    var all = new String[headers.length + 1];
    all[0] = "Authorization: Bearer {token}";
    System.arraycopy(headers, 0, all, 1, headers.length);
    return request(line, all);
  }

  /// Refused with a problem document that reveals no internals; nothing reaches the upstream.
  static HostileInput refused(String name, String sent, int status, String type) {
    return new HostileInput(
        name,
        sent,
        (response, upstream) -> {
          assertProblem(response, status, type);
          assertThat(upstream).isEmpty();
        });
  }

  /// Refused as malformed HTTP.
  static HostileInput malformed(String name, String sent) {
    return refused(name, sent, 400, "invalid-request");
  }

  /// Forwarded to the upstream as one request with this request line and these header fields.
  static HostileInput passed(String name, String sent, String line, String... headers) {
    return new HostileInput(
        name,
        sent,
        (response, upstream) -> {
          assertThat(response).startsWith("HTTP/1.1 200 ");
          assertThat(upstream)
              .extracting(request -> request.method() + " " + request.target())
              .containsExactly(line);
          assertThat(upstream.getFirst().headers()).containsAll(List.of(headers));
        });
  }

  /// Backlane itself responds with this status; nothing reaches the upstream.
  static HostileInput returned(String name, String sent, int status) {
    return new HostileInput(
        name,
        sent,
        (response, upstream) -> {
          assertThat(response).startsWith("HTTP/1.1 " + status + " ");
          assertThat(upstream).isEmpty();
        });
  }

  /// Checked by another condition.
  static HostileInput of(String name, String sent, Expected expected) {
    return new HostileInput(name, sent, expected);
  }

  /// Sends the input on its own connection and reads until the gateway closes it.
  ///
  /// @param fills the values of the placeholders
  String exchange(URI gateway, Map<String, String> fills) throws IOException {
    var bytes = sent;
    for (var fill : fills.entrySet()) {
      bytes = bytes.replace("{" + fill.getKey() + "}", fill.getValue());
    }
    var response = new StringBuilder();
    try (var socket = new Socket(gateway.getHost(), gateway.getPort())) {
      socket.setSoTimeout(RESPONSE_MILLIS_MAX);
      send(socket, bytes.getBytes(ISO_8859_1));
      byte[] piece = new byte[16 * 1024];
      var in = socket.getInputStream();
      for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
        response.append(new String(piece, 0, read, ISO_8859_1));
      }
    } catch (SocketException reset) {
      // The gateway may close the connection with unread bytes; the bytes before the reset count.
    }
    return response.toString();
  }

  private static void send(Socket socket, byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
      socket.shutdownOutput();
    } catch (IOException refused) {
      // The gateway closed the connection early; the response is checked.
    }
  }

  /// Asserts that a response is a problem document that reveals no internals.
  static void assertProblem(String response, int status, String type) {
    assertThat(response).startsWith("HTTP/1.1 " + status + " ");
    assertThat(response).containsIgnoringCase("Content-Type: application/problem+json");
    assertRevealsNothing(response);
    var document = Json.read(body(response).getBytes(ISO_8859_1), Map.class);
    assertThat(document.get("type")).isEqualTo("https://backlane.dev/problems/" + type);
    assertThat(document.get("status")).isEqualTo(status);
    assertThat(String.valueOf(document.get("detail"))).hasSizeGreaterThan(20);
  }

  static void assertRevealsNothing(String response) {
    assertThat(response)
        .doesNotContain("Exception", "dev.backlane.gateway", "java.", "\tat ", "null")
        .doesNotContainPattern(PACKAGE_NAME);
  }

  private static String body(String response) {
    return response.substring(response.indexOf("\r\n\r\n") + 4);
  }
}
