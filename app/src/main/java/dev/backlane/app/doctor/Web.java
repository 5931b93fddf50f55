package dev.backlane.app.doctor;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;

/// Sends single requests, and compares the clock of the server with that of this machine.
final class Web {
  /// The longest wait for a response.
  static final Duration RESPONSE_MAX = Duration.ofSeconds(10);

  private static final int BODY_BYTES_MAX = 1 << 20;

  private final InstantSource clock;

  Web(InstantSource clock) {
    this.clock = clock;
  }

  /// A response.
  ///
  /// @param ahead by how much the clock of this machine is ahead of the server's; empty: the
  ///     response has no `Date`
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Received(int status, byte[] body, Duration took, Optional<Duration> ahead) {
    Received {
      body = body.clone();
    }
  }

  /// Sends `GET`.
  ///
  /// @throws IOException if no response arrives within 10 s
  Received get(URI url, SSLContext tls) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(url).GET(), tls);
  }

  /// Sends a form as a client with an id and a secret.
  ///
  /// @throws IOException as [#get]
  Received post(URI url, Map<String, String> form, String id, String secret, SSLContext tls)
      throws IOException, InterruptedException {
    var pair = encoded(id) + ":" + encoded(secret);
    var basic = Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    var body =
        form.entrySet().stream()
            .map(each -> encoded(each.getKey()) + "=" + encoded(each.getValue()))
            .collect(Collectors.joining("&"));
    return send(
        HttpRequest.newBuilder(url)
            .header("Authorization", "Basic " + basic)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString(body)),
        tls);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private Received send(HttpRequest.Builder request, SSLContext tls)
      throws IOException, InterruptedException {
    try (var client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(RESPONSE_MAX)
            .sslContext(tls)
            .build()) {
      Instant sent = clock.instant();
      var response =
          client.send(
              request.timeout(RESPONSE_MAX).header("User-Agent", "Backlane-doctor").build(),
              BodyHandlers.ofInputStream());
      Instant received = clock.instant();
      try (var body = response.body()) {
        byte[] bytes = body.readNBytes(BODY_BYTES_MAX);
        var took = Duration.between(sent, received);
        return new Received(
            response.statusCode(),
            bytes,
            took,
            date(response).map(date -> Duration.between(date, sent.plus(took.dividedBy(2)))));
      } finally {
        client.shutdownNow();
      }
    }
  }

  private static Optional<Instant> date(HttpResponse<?> response) {
    try {
      return response
          .headers()
          .firstValue("Date")
          .map(text -> Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text)));
    } catch (DateTimeException malformed) {
      return Optional.empty();
    }
  }
}
