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
/// @param url the URL at which the gateway serves
/// @param token sent with each call; empty: none
public record Http(HttpClient client, URI url, String token) {
  private static final Duration RESPONSE_MAX = Duration.ofSeconds(30);

  /// A response.
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record Response(int status, java.net.http.HttpHeaders headers, byte[] body) {
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

    /// The id of the accepted operation, from the location because a response to `HEAD` has no
    /// body. Asserts that the call was accepted.
    public String acceptedId() {
      assertThat(status).as(text()).isEqualTo(202);
      var location = header("Location");
      return location.substring(location.lastIndexOf('/') + 1);
    }

    /// Asserts that this is a complete problem document of a type.
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

  public Response get(String path, String... headers) throws IOException, InterruptedException {
    return send("GET", path, new byte[0], headers);
  }

  public Response post(String path, String body, String... headers)
      throws IOException, InterruptedException {
    return send("POST", path, body.getBytes(UTF_8), headers);
  }

  public Response delete(String path, String... headers) throws IOException, InterruptedException {
    return send("DELETE", path, new byte[0], headers);
  }

  /// @param path path and query, or an absolute URI
  /// @param headers names and values, alternating
  public Response send(String method, String path, byte[] body, String... headers)
      throws IOException, InterruptedException {
    boolean absolute = path.startsWith("http:") || path.startsWith("https:");
    var target = URI.create(absolute ? path : url + path);
    var request =
        HttpRequest.newBuilder(target)
            .timeout(RESPONSE_MAX)
            .method(
                method,
                body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    HttpResponse<byte[]> received = client.send(request.build(), BodyHandlers.ofByteArray());
    return new Response(received.statusCode(), received.headers(), received.body());
  }

  /// Starts a background call without a notification.
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

  public Response stateOf(String id, String... headers) throws IOException, InterruptedException {
    return get("/v1/background/" + id, headers);
  }

  public Response contentOf(String id, String... headers) throws IOException, InterruptedException {
    return get("/v1/background/" + id + "/content", headers);
  }

  /// Repeats a request until its response meets a condition, for a limited time.
  public Response poll(String path, Predicate<Response> wanted, String... headers)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + RESPONSE_MAX.toNanos();
    Response response = get(path, headers);
    while (!wanted.test(response)) {
      if (System.nanoTime() > end) {
        throw new AssertionError(
            path
                + " still returns after "
                + RESPONSE_MAX
                + ": "
                + response.status()
                + " "
                + response.text());
      }
      response = get(path, headers);
    }
    return response;
  }

  /// The state of an operation once it has ended.
  public BackgroundRequestStateDto awaitEnd(String id) throws IOException, InterruptedException {
    long end = System.nanoTime() + RESPONSE_MAX.toNanos();
    while (System.nanoTime() < end) {
      var state = get("/v1/background/" + id + "?wait=5").state();
      if (state.finishedUtc() != null) {
        return state;
      }
    }
    throw new AssertionError("operation " + id + " has not ended within " + RESPONSE_MAX);
  }

  /// Starts a background call from raw bytes.
  ///
  /// @param head request line and header fields, each with its line break; `Host` and the trigger
  ///     are added
  /// @return the operation's id
  public String rawBegin(String head, String body) throws IOException {
    var response =
        raw(
            head
                + "Host: api.example\r\nerp-api-background: none\r\nConnection: close\r\n\r\n"
                + body);
    assertThat(response).startsWith("HTTP/1.1 202 ");
    return response.replaceFirst("(?s).*\"id\":\"([^\"]+)\".*", "$1");
  }

  /// Sends raw bytes on a new connection and reads until the gateway closes it.
  public String raw(String request) throws IOException {
    try (var socket = new Socket(url.getHost(), url.getPort())) {
      socket.setSoTimeout((int) RESPONSE_MAX.toMillis());
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
