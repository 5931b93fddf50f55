package dev.backlane.client.auth;

import dev.backlane.client.support.BoundedBody;
import dev.backlane.client.support.Documents;
import dev.backlane.client.support.HttpClients;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Requests access tokens from a token endpoint (RFC 6749 section 4.4.2). Thread-safe.
final class TokenEndpoint {
  /// The life of a token if the server does not say (RFC 6749 section 5.1 recommends that it does).
  private static final Duration LIFE_UNSAID = Duration.ofMinutes(5);

  /// A token with a longer life is renewed after this time.
  private static final Duration LIFE_MAX = Duration.ofDays(1);

  private static final int OK = 200;
  private static final int REDIRECTS = 300;
  private static final int ERRORS = 400;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int SERVER_ERRORS = 500;

  private final URI uri;
  private final String clientId;
  private final String clientSecret;
  private final Map<String, String> parameters;
  private final @Nullable HttpClient http;

  /// An access token and how long it is valid.
  record Issued(String token, Duration life) {
    @Override
    public String toString() {
      return "Issued[" + life + "]";
    }
  }

  /// @param http null: a client is opened for each request, so that no thread is left behind
  /// @throws IllegalArgumentException if the client follows redirects
  TokenEndpoint(
      URI uri,
      String clientId,
      String clientSecret,
      Map<String, String> parameters,
      @Nullable HttpClient http) {
    this.uri = uri;
    this.clientId = clientId;
    this.clientSecret = clientSecret;
    this.parameters = parameters;
    this.http = http == null ? null : HttpClients.checked(http);
  }

  /// Requests a token.
  ///
  /// @param max how long the response may take
  /// @throws CredentialsException if there is none
  Issued request(Duration max) throws CredentialsException, InterruptedException {
    if (http != null) {
      return request(http, max);
    }
    try (var own = HttpClients.create()) {
      return request(own, max);
    }
  }

  private Issued request(HttpClient client, Duration max)
      throws CredentialsException, InterruptedException {
    var response = send(client, max);
    if (response.statusCode() != OK) {
      throw refused(response);
    }
    try {
      var json = Documents.tree(response.body());
      var token = Documents.text(json, "access_token").orElse("");
      if (!token.isBlank()) {
        return new Issued(token, life(json.path("expires_in")));
      }
    } catch (IOException malformed) {
      // The cause is not kept: it can show a part of the token.
      throw new CredentialsException(
          "The response of the token endpoint " + uri + " is not JSON. Check its address.", false);
    }
    throw new CredentialsException(
        "The response of the token endpoint " + uri + " has no access_token. Check its address.",
        false);
  }

  private HttpResponse<byte[]> send(HttpClient client, Duration max)
      throws CredentialsException, InterruptedException {
    var form = new LinkedHashMap<String, String>();
    form.put("grant_type", "client_credentials");
    form.putAll(parameters);
    var request =
        HttpRequest.newBuilder(uri)
            .timeout(max)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Accept", "application/json")
            .header("Authorization", "Basic " + basic())
            .POST(BodyPublishers.ofString(encoded(form)));
    if ("http".equalsIgnoreCase(uri.getScheme())) {
      request.version(HttpClient.Version.HTTP_1_1);
    }
    var response = client.sendAsync(request.build(), BoundedBody.handler());
    try {
      return response.get(max.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException interrupted) {
      response.cancel(true);
      throw interrupted;
    } catch (TimeoutException late) {
      response.cancel(true);
      throw new CredentialsException(
          "The token endpoint " + uri + " has not responded in time.", true, late);
    } catch (ExecutionException failed) {
      throw new CredentialsException(
          "The token endpoint "
              + uri
              + " cannot be reached ("
              + failed.getCause()
              + "). Check its address.",
          true,
          failed);
    }
  }

  private CredentialsException refused(HttpResponse<byte[]> response) {
    int status = response.statusCode();
    boolean temporary = status == TOO_MANY_REQUESTS || status >= SERVER_ERRORS;
    var advice =
        temporary
            ? "Try again later."
            : status >= REDIRECTS && status < ERRORS
                ? "Check its address: redirects are not followed."
                : "Check the client's id, secret and scopes.";
    return new CredentialsException(
        "The token endpoint "
            + uri
            + " responded with "
            + status
            + error(response.body())
            + ". "
            + advice,
        temporary);
  }

  /// Some servers send the seconds as text, or as a fraction.
  private static Duration life(JsonNode seconds) {
    double value = seconds.asDouble((double) LIFE_UNSAID.toSeconds());
    if (!(value > 0)) {
      return Duration.ZERO;
    }
    return value > LIFE_MAX.toSeconds() ? LIFE_MAX : Duration.ofSeconds((long) value);
  }

  /// The error code of the response (RFC 6749 section 5.2), which holds no secret.
  private static String error(byte[] body) {
    try {
      return Documents.text(Documents.tree(body), "error")
          .map(code -> " (" + code + ")")
          .orElse("");
    } catch (IOException another) {
      return "";
    }
  }

  private String basic() {
    var pair = encoded(clientId) + ":" + encoded(clientSecret);
    return Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  private static String encoded(Map<String, String> form) {
    return form.entrySet().stream()
        .map(each -> encoded(each.getKey()) + "=" + encoded(each.getValue()))
        .collect(Collectors.joining("&"));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /// The client and the address; never the secret.
  @Override
  public String toString() {
    return clientId + " at " + uri;
  }
}
