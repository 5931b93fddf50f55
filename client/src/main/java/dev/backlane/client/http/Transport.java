package dev.backlane.client.http;

import dev.backlane.client.auth.Credentials;
import dev.backlane.client.auth.CredentialsException;
import dev.backlane.client.support.BoundedBody;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Sends requests with the access token. Thread-safe.
public final class Transport {
  private static final int OK = 200;
  private static final int UNAUTHORIZED = 401;

  /// The HTTP client reports a timeout itself, with its reason, unless the body is late.
  private static final Duration TIMEOUT_GRACE = Duration.ofMillis(100);

  private final URI base;
  private final Credentials credentials;
  private final HttpClient http;
  private final Limits limits;
  private volatile boolean closed;

  /// @param base of [BaseUri]
  /// @param http follows no redirects
  public Transport(URI base, Credentials credentials, HttpClient http, Limits limits) {
    this.base = base;
    this.credentials = credentials;
    this.http = http;
    this.limits = limits;
  }

  /// A request to a path of the API. Characters outside of ASCII are percent-encoded as UTF-8.
  ///
  /// @param target path and query, beginning with `/`
  public HttpRequest.Builder request(String target) {
    if (!target.startsWith("/")) {
      throw new IllegalArgumentException("\"" + target + "\" must begin with /");
    }
    return HttpRequest.newBuilder(URI.create(URI.create(base + target).toASCIIString()));
  }

  public Limits limits() {
    return limits;
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

  /// Reads a document.
  ///
  /// @throws IOException as `failures` makes it, for every status but 200
  public HttpResponse<byte[]> get(String target, Failures failures)
      throws IOException, InterruptedException {
    var request = request(target).header("Accept", "application/json").build();
    HttpResponse<byte[]> response;
    try {
      response = send(request, BoundedBody.handler(), limits.requestTimeout());
    } catch (NoResponseException without) {
      throw failures.unanswered(without);
    }
    if (response.statusCode() != OK) {
      throw failures.refused(response.statusCode(), response.headers(), response.body());
    }
    return response;
  }

  /// Sends a request, and once more with another token if the server refuses the first with 401. A
  /// request that has its own `Authorization` is sent as it is.
  ///
  /// @param max how long a response may take, with its body if the handler reads all of it
  /// @throws NoResponseException if there is none
  /// @throws CredentialsException if there is no token
  public <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler, Duration max)
      throws IOException, InterruptedException {
    var end = Deadline.after(max);
    if (request.headers().firstValue("Authorization").isPresent()) {
      return exchange(request, "", handler, end);
    }
    var token = token(end);
    var response = exchange(request, token, handler, end);
    if (response.statusCode() != UNAUTHORIZED || token.isEmpty() || !credentials.refused(token)) {
      return response;
    }
    discard(response);
    return exchange(request, token(end), handler, end);
  }

  private static void discard(HttpResponse<?> response) {
    if (response.body() instanceof Chunks chunks) {
      chunks.close();
    }
  }

  private String token(Deadline end) throws IOException, InterruptedException {
    String token;
    try {
      token = credentials.token(end.left()).orElse("");
    } catch (CredentialsException unavailable) {
      throw unavailable;
    } catch (IOException unavailable) {
      throw new CredentialsException(
          "There is no access token: " + unavailable.getMessage(), true, unavailable);
    }
    if (!token.chars().allMatch(character -> character > ' ' && character < '\u007f')) {
      // Checked here, because the message of the HTTP client would show the token.
      throw new CredentialsException(
          "The access token has a space, a line break or another character that a header field"
              + " cannot have. Pass the token alone.",
          false);
    }
    return token;
  }

  private <T> HttpResponse<T> exchange(
      HttpRequest request, String token, BodyHandler<T> handler, Deadline end)
      throws IOException, InterruptedException {
    if (closed) {
      throw new IllegalStateException("This client of " + base + " is closed.");
    }
    // Zero is not a valid timeout.
    var left = Deadline.sum(end.left(), Duration.ofMillis(1));
    var builder = HttpRequest.newBuilder(request, (name, value) -> true).timeout(left);
    if (!token.isEmpty()) {
      builder.header("Authorization", "Bearer " + token);
    }
    if ("http".equalsIgnoreCase(request.uri().getScheme())) {
      // Otherwise each request without TLS would ask for an upgrade to HTTP/2.
      builder.version(HttpClient.Version.HTTP_1_1);
    }
    var response = http.sendAsync(builder.build(), handler);
    try {
      // The timeout of a request ends with the header fields of its response.
      return response.get(Deadline.sum(left, TIMEOUT_GRACE).toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException interrupted) {
      response.cancel(true);
      throw interrupted;
    } catch (TimeoutException late) {
      response.cancel(true);
      throw NoResponseException.of(base, new HttpTimeoutException("the response is incomplete"));
    } catch (ExecutionException failed) {
      throw failure(failed);
    }
  }

  private NoResponseException failure(ExecutionException failed) {
    return switch (failed.getCause()) {
      case IOException cause -> NoResponseException.of(base, cause);
      case Error cause -> throw cause;
      case null, default -> NoResponseException.of(base, new IOException(failed));
    };
  }

  /// Refuses all requests from now on.
  public void close() {
    closed = true;
  }

  @Override
  public String toString() {
    return base.toString();
  }
}
