package dev.backlane.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// An HTTP client that prints each of its exchanges. Not thread-safe.
final class Client implements AutoCloseable {
  /// The time limit of calls that are expected to be fast.
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT).build();
  private final Transcript transcript;

  Client(Transcript transcript) {
    this.transcript = transcript;
  }

  /// `GET` with headers.
  Exchange.Response get(URI uri, Map<String, String> headers) {
    return completed(send("GET", uri, headers, "", TIMEOUT));
  }

  /// `POST` of JSON with further headers.
  Exchange.Response post(URI uri, Map<String, String> headers, String json) {
    return completed(send("POST", uri, headers, json, TIMEOUT));
  }

  /// `POST` of JSON by a client that waits at most `timeout`.
  ///
  /// @return empty if the client timed out
  Optional<Exchange.Response> post(
      URI uri, Map<String, String> headers, String json, Duration timeout) {
    return send("POST", uri, headers, json, timeout).response();
  }

  /// `POST` of a form.
  ///
  /// @param parameters in the order in which they are sent
  Exchange.Response postForm(URI uri, Map<String, String> parameters) {
    String form =
        parameters.entrySet().stream()
            .map(each -> each.getKey() + "=" + URLEncoder.encode(each.getValue(), UTF_8))
            .collect(Collectors.joining("&"));
    return completed(
        send(
            "POST",
            uri,
            Map.of("Content-Type", "application/x-www-form-urlencoded"),
            form,
            TIMEOUT));
  }

  private Exchange send(
      String method, URI uri, Map<String, String> headers, String body, Duration timeout) {
    var builder = HttpRequest.newBuilder(uri).timeout(timeout);
    headers.forEach(builder::header);
    if (!body.isEmpty() && !headers.containsKey("Content-Type")) {
      builder.header("Content-Type", "application/json");
    }
    var request =
        builder
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body))
            .build();
    long start = System.nanoTime();
    var response = response(request, start);
    var took = Duration.ofNanos(System.nanoTime() - start);
    var exchange =
        new Exchange(new Exchange.Sent(method, uri, request.headers(), body), response, took);
    transcript.exchange(exchange);
    return exchange;
  }

  private Optional<Exchange.Response> response(HttpRequest request, long start) {
    try {
      var response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      var took = Duration.ofNanos(System.nanoTime() - start);
      return Optional.of(
          new Exchange.Response(response.statusCode(), response.headers(), response.body(), took));
    } catch (HttpTimeoutException _) {
      return Optional.empty();
    } catch (IOException broken) {
      throw new DemoFailedException(
          request.method() + " " + request.uri() + " got no response: " + broken.getMessage(),
          broken);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new DemoFailedException("the demo was interrupted", interrupted);
    }
  }

  private static Exchange.Response completed(Exchange exchange) {
    return exchange
        .response()
        .orElseThrow(() ->
            new DemoFailedException(
                exchange.sent() + " got no response within " + TIMEOUT.toSeconds() + " s"));
  }

  @Override
  public void close() {
    http.shutdownNow();
    http.close();
  }
}
