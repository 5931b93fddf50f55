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

/// One hostile input and what it gets.
///
/// @param name what is tried
/// @param sent the bytes, a character each, before the `{…}` in them are filled in; the client sends no more after them
/// @param expected what comes back, and what the upstream sees of it
record HostileInput(String name, String sent, Expected expected) {
  private static final int ANSWER_MILLIS_MAX = 20_000;
  private static final String BREAK = "\r\n";

  /// Looks at what came back.
  @FunctionalInterface
  interface Expected {
    /// @param answer all bytes until the gateway closed the connection
    /// @param upstream what the upstream received meanwhile
    void look(String answer, List<Received> upstream);
  }

  /// A request head and body.
  static String request(String line, String... headers) {
    return line
        + " HTTP/1.1\r\nHost: api.example\r\n"
        + String.join(BREAK, headers)
        + (headers.length == 0 ? "" : BREAK)
        + BREAK;
  }

  /// As above, of the usual caller.
  static String authorized(String line, String... headers) {
    var all = new String[headers.length + 1];
    all[0] = "Authorization: Bearer {token}";
    System.arraycopy(headers, 0, all, 1, headers.length);
    return request(line, all);
  }

  /// Answered with a problem document that tells nothing of the inside, and the upstream sees nothing.
  static HostileInput refused(String name, String sent, int status, String type) {
    return new HostileInput(
        name,
        sent,
        (answer, upstream) -> {
          assertProblem(answer, status, type);
          assertThat(upstream).isEmpty();
        });
  }

  /// The usual refusal of what is not HTTP.
  static HostileInput malformed(String name, String sent) {
    return refused(name, sent, 400, "invalid-request");
  }

  /// Passed on to the upstream as one request with this request line, and these header lines among the others.
  static HostileInput passed(String name, String sent, String line, String... headers) {
    return new HostileInput(
        name,
        sent,
        (answer, upstream) -> {
          assertThat(answer).startsWith("HTTP/1.1 200 ");
          assertThat(upstream)
              .extracting(request -> request.method() + " " + request.target())
              .containsExactly(line);
          assertThat(upstream.getFirst().headers()).containsAll(List.of(headers));
        });
  }

  /// Answered by Backlane itself with this status, whatever the body; the upstream sees nothing.
  static HostileInput answered(String name, String sent, int status) {
    return new HostileInput(
        name,
        sent,
        (answer, upstream) -> {
          assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
          assertThat(upstream).isEmpty();
        });
  }

  /// Answered as said.
  static HostileInput of(String name, String sent, Expected expected) {
    return new HostileInput(name, sent, expected);
  }

  /// Sends it on a connection of its own and reads all that comes.
  ///
  /// @param fills what stands for `{name}`
  String exchange(URI gateway, Map<String, String> fills) throws IOException {
    var bytes = sent;
    for (var fill : fills.entrySet()) {
      bytes = bytes.replace("{" + fill.getKey() + "}", fill.getValue());
    }
    var answer = new StringBuilder();
    try (var socket = new Socket(gateway.getHost(), gateway.getPort())) {
      socket.setSoTimeout(ANSWER_MILLIS_MAX);
      send(socket, bytes.getBytes(ISO_8859_1));
      byte[] piece = new byte[16 * 1024];
      var in = socket.getInputStream();
      for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
        answer.append(new String(piece, 0, read, ISO_8859_1));
      }
    } catch (SocketException reset) {
      // Closed with bytes unread, which is one way to refuse; what came before it counts.
    }
    return answer.toString();
  }

  private static void send(Socket socket, byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
      socket.shutdownOutput();
    } catch (IOException refused) {
      // It closed before it had all: its answer tells.
    }
  }

  /// Shows that an answer is a problem document without a trace of the code.
  static void assertProblem(String answer, int status, String type) {
    assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
    assertThat(answer).containsIgnoringCase("Content-Type: application/problem+json");
    assertTellsNothing(answer);
    var document = Json.read(body(answer).getBytes(ISO_8859_1), Map.class);
    assertThat(document.get("type")).isEqualTo("https://backlane.dev/problems/" + type);
    assertThat(document.get("status")).isEqualTo(status);
    assertThat(String.valueOf(document.get("detail"))).hasSizeGreaterThan(20);
  }

  static void assertTellsNothing(String answer) {
    assertThat(answer)
        .doesNotContain(
            "Exception", "io.helidon", "dev.backlane.gateway", "java.", "\tat ", "null");
  }

  private static String body(String answer) {
    return answer.substring(answer.indexOf("\r\n\r\n") + 4);
  }
}
