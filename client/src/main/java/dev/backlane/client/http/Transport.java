package dev.backlane.client.http;

import dev.backlane.client.auth.Credentials;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.time.Duration;

/// Sends requests with the access token. Thread-safe.
public final class Transport {
  private static final int UNAUTHORIZED = 401;

  private final URI base;
  private final Credentials credentials;
  private final HttpClient http;
  private final Duration requestTimeout;

  /// @param base without a trailing slash
  /// @param requestTimeout how long a response may take, unless a request says otherwise
  public Transport(URI base, Credentials credentials, HttpClient http, Duration requestTimeout) {
    this.base = base;
    this.credentials = credentials;
    this.http = http;
    this.requestTimeout = requestTimeout;
  }

  /// A request to a path of the API.
  ///
  /// @param target path and query, beginning with `/`
  public HttpRequest.Builder request(String target) {
    if (!target.startsWith("/")) {
      throw new IllegalArgumentException("\"" + target + "\" must begin with /");
    }
    return HttpRequest.newBuilder(URI.create(base + target)).timeout(requestTimeout);
  }

  public Duration requestTimeout() {
    return requestTimeout;
  }

  /// Whether a URI has the scheme, host and port of the API, so that a token may be sent to it.
  public boolean covers(URI uri) {
    return base.getScheme().equalsIgnoreCase(String.valueOf(uri.getScheme()))
        && base.getHost().equalsIgnoreCase(String.valueOf(uri.getHost()))
        && port(base) == port(uri);
  }

  private static int port(URI uri) {
    return uri.getPort() >= 0
        ? uri.getPort()
        : "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
  }

  /// Sends a request, and once more with another token if the server refuses the first with 401. A
  /// request that has its own `Authorization` is sent as it is.
  public <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler)
      throws IOException, InterruptedException {
    if (request.headers().firstValue("Authorization").isPresent()) {
      return http.send(request, handler);
    }
    var token = credentials.token();
    var response = http.send(authorized(request, token.orElse("")), handler);
    if (response.statusCode() != UNAUTHORIZED
        || token.isEmpty()
        || !credentials.refused(token.get())) {
      return response;
    }
    return http.send(authorized(request, credentials.token().orElse("")), handler);
  }

  private static HttpRequest authorized(HttpRequest request, String token) {
    return token.isEmpty()
        ? request
        : HttpRequest.newBuilder(request, (name, value) -> true)
            .header("Authorization", "Bearer " + token)
            .build();
  }

  /// Reads a resource.
  ///
  /// @param handler reads the content of a response with the status 200
  /// @param refusal makes the exception for every other status
  public <T> HttpResponse<T> get(
      String target, String accept, BodyHandler<T> handler, Refusal refusal)
      throws IOException, InterruptedException {
    var request = request(target).header("Accept", accept).build();
    var response = send(request, FetchedContent.handler(handler));
    return switch (response.body()) {
      case FetchedContent.Read<T>(var content) ->
          new ReceivedResponse<>(
              response.request(), response.statusCode(), response.headers(), content);
      case FetchedContent.Refused<T> refused ->
          throw refusal.exception(response.statusCode(), response.headers(), refused.document());
    };
  }

  /// Makes the exception for a response that refuses a request.
  @FunctionalInterface
  public interface Refusal {
    IOException exception(int status, HttpHeaders headers, byte[] body);
  }

  @Override
  public String toString() {
    return base.toString();
  }
}
