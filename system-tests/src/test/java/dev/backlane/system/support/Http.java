package dev.backlane.system.support;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.BackgroundApiAcceptedDto;
import dev.backlane.protocol.BackgroundRequestPage;
import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.protocol.Json;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.function.Predicate;

/// A client of the gateway. Immutable, thread-safe.
///
/// @param url where the gateway serves
/// @param token sent with each call; empty: none is
public record Http(HttpClient client, URI url, String token) {
  private static final Duration ANSWER_MAX = Duration.ofSeconds(30);

  /// An answer.
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record Answer(int status, java.net.http.HttpHeaders headers, byte[] body) {
    public String header(String name) {
      return headers.firstValue(name).orElse("");
    }

    public String text() {
      return new String(body, UTF_8);
    }

    /// The JSON document of the body, as maps.
    @SuppressWarnings("unchecked") // The names of a JSON object are strings.
    public Map<String, Object> json() {
      return Json.read(body, Map.class);
    }

    public BackgroundRequestStateDto state() {
      return Json.read(body, BackgroundRequestStateDto.class);
    }

    public BackgroundApiAcceptedDto accepted() {
      return Json.read(body, BackgroundApiAcceptedDto.class);
    }

    public BackgroundRequestPage page() {
      return Json.read(body, BackgroundRequestPage.class);
    }

    /// The last part of the problem's type.
    public String problem() {
      return String.valueOf(json().get("type")).replace("https://backlane.dev/problems/", "");
    }

    /// The id of the operation that was accepted; fails where none was. A `HEAD` is answered without a body, so the
    /// location tells it.
    public String acceptedId() {
      assertThat(status).as(text()).isEqualTo(202);
      var location = header("Location");
      return location.substring(location.lastIndexOf('/') + 1);
    }

    /// Shows that this is a problem document of a type, with all that such a document has to tell.
    public void assertProblem(int expectedStatus, String type) {
      assertThat(status).as(text()).isEqualTo(expectedStatus);
      assertThat(header("Content-Type")).isEqualTo("application/problem+json");
      assertThat(problem()).isEqualTo(type);
      assertThat(json().get("status")).isEqualTo(expectedStatus);
      assertThat(json().get("title")).asString().isNotBlank();
      assertThat(json().get("detail")).asString().hasSizeGreaterThan(20);
    }
  }

  /// The same client with another token.
  public Http as(String otherToken) {
    return new Http(client, url, otherToken);
  }

  public Answer get(String path, String... headers) throws IOException, InterruptedException {
    return send("GET", path, new byte[0], headers);
  }

  public Answer post(String path, String body, String... headers)
      throws IOException, InterruptedException {
    return send("POST", path, body.getBytes(UTF_8), headers);
  }

  public Answer delete(String path, String... headers) throws IOException, InterruptedException {
    return send("DELETE", path, new byte[0], headers);
  }

  /// @param path path and query, or an absolute URI
  /// @param headers names and values in turn
  public Answer send(String method, String path, byte[] body, String... headers)
      throws IOException, InterruptedException {
    boolean absolute = path.startsWith("http:") || path.startsWith("https:");
    var target = URI.create(absolute ? path : url + path);
    var request =
        HttpRequest.newBuilder(target)
            .timeout(ANSWER_MAX)
            .method(
                method,
                body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
    return new Answer(response.statusCode(), response.headers(), response.body());
  }

  /// Makes a call in the background that notifies nobody.
  ///
  /// @return the operation's id
  public String beginWith(String method, String path, String body, String... headers)
      throws IOException, InterruptedException {
    var withTrigger = new String[headers.length + 2];
    withTrigger[0] = "erp-api-background";
    withTrigger[1] = "none";
    System.arraycopy(headers, 0, withTrigger, 2, headers.length);
    return send(method, path, body.getBytes(UTF_8), withTrigger).acceptedId();
  }

  /// As above, for a `POST` of an empty JSON object.
  public String begin(String path, String... headers) throws IOException, InterruptedException {
    return beginWith("POST", path, "{}", headers);
  }

  public Answer stateOf(String id, String... headers) throws IOException, InterruptedException {
    return get("/v1/background/" + id, headers);
  }

  public Answer contentOf(String id, String... headers) throws IOException, InterruptedException {
    return get("/v1/background/" + id + "/content", headers);
  }

  /// Asks until the answer is as wanted, for a while.
  public Answer poll(String path, Predicate<Answer> wanted)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + ANSWER_MAX.toNanos();
    Answer answer = get(path);
    while (!wanted.test(answer)) {
      if (System.nanoTime() > end) {
        throw new AssertionError(
            path
                + " still answers after "
                + ANSWER_MAX
                + ": "
                + answer.status()
                + " "
                + answer.text());
      }
      answer = get(path);
    }
    return answer;
  }

  /// The state of an operation once it has ended.
  public BackgroundRequestStateDto awaitEnd(String id) throws IOException, InterruptedException {
    long end = System.nanoTime() + ANSWER_MAX.toNanos();
    while (System.nanoTime() < end) {
      var state = get("/v1/background/" + id + "?wait=5").state();
      if (state.finishedUtc() != null) {
        return state;
      }
    }
    throw new AssertionError("operation " + id + " has not ended within " + ANSWER_MAX);
  }

  /// Makes a call in the background from bytes as they are.
  ///
  /// @param head request line and header lines, each with its line break; `Host` and the trigger are added
  /// @return the operation's id
  public String rawBegin(String head, String body) throws IOException {
    var answer =
        raw(
            head
                + "Host: api.example\r\nerp-api-background: none\r\nConnection: close\r\n\r\n"
                + body);
    assertThat(answer).startsWith("HTTP/1.1 202 ");
    return answer.replaceFirst("(?s).*\"id\":\"([^\"]+)\".*", "$1");
  }

  /// Sends bytes as they are on a connection of their own and reads all that comes until the gateway closes it.
  public String raw(String request) throws IOException {
    try (var socket = new Socket(url.getHost(), url.getPort())) {
      socket.setSoTimeout((int) ANSWER_MAX.toMillis());
      var withToken =
          token.isEmpty()
              ? request
              : request.replaceFirst("\r\n", "\r\nAuthorization: Bearer " + token + "\r\n");
      socket.getOutputStream().write(withToken.getBytes(ISO_8859_1));
      socket.getOutputStream().flush();
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }
}
