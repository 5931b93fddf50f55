package dev.backlane.app.demo;

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

/// An ordinary HTTP client that shows each of its exchanges. For one thread.
final class Client implements AutoCloseable {
  /// What a call may take that is not meant to be slow.
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();
  private final Transcript transcript;

  Client(Transcript transcript) {
    this.transcript = transcript;
  }

  /// `GET` with headers.
  Exchange.Answer get(URI uri, Map<String, String> headers) {
    return answered(send("GET", uri, headers, "", PATIENCE));
  }

  /// `POST` of JSON with further headers.
  Exchange.Answer post(URI uri, Map<String, String> headers, String json) {
    return answered(send("POST", uri, headers, json, PATIENCE));
  }

  /// `POST` of JSON by a client that waits for no longer than `timeout`.
  ///
  /// @return empty if the time was over first
  Optional<Exchange.Answer> post(
      URI uri, Map<String, String> headers, String json, Duration timeout) {
    return send("POST", uri, headers, json, timeout).answer();
  }

  /// `POST` of a form.
  ///
  /// @param parameters in the order in which they are sent
  Exchange.Answer postForm(URI uri, Map<String, String> parameters) {
    String form =
        parameters.entrySet().stream()
            .map(each -> each.getKey() + "=" + URLEncoder.encode(each.getValue(), UTF_8))
            .collect(Collectors.joining("&"));
    return answered(
        send(
            "POST",
            uri,
            Map.of("Content-Type", "application/x-www-form-urlencoded"),
            form,
            PATIENCE));
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
    var answer = answer(request, start);
    var took = Duration.ofNanos(System.nanoTime() - start);
    var exchange =
        new Exchange(new Exchange.Sent(method, uri, request.headers(), body), answer, took);
    transcript.exchange(exchange);
    return exchange;
  }

  private Optional<Exchange.Answer> answer(HttpRequest request, long start) {
    try {
      var response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      var took = Duration.ofNanos(System.nanoTime() - start);
      return Optional.of(
          new Exchange.Answer(response.statusCode(), response.headers(), response.body(), took));
    } catch (HttpTimeoutException _) {
      return Optional.empty();
    } catch (IOException broken) {
      throw new DemoFailedException(
          request.method() + " " + request.uri() + " got no answer: " + broken.getMessage(),
          broken);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new DemoFailedException("the demo was interrupted", interrupted);
    }
  }

  private static Exchange.Answer answered(Exchange exchange) {
    return exchange
        .answer()
        .orElseThrow(() ->
            new DemoFailedException(
                exchange.sent() + " was not answered within " + PATIENCE.toSeconds() + " s"));
  }

  @Override
  public void close() {
    http.shutdownNow();
    http.close();
  }
}
