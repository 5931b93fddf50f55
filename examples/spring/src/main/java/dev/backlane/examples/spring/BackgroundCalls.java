package dev.backlane.examples.spring;

import dev.backlane.client.Backlane;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Locale;
import java.util.Set;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpRequest;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;

/// Runs the calls of a `RestClient` in the background. The code that makes them does not change: it
/// gets the API's response when the operation has ended.
///
/// ```java
/// RestClient.builder().baseUrl(url).requestInterceptor(new BackgroundCalls(backlane)).build();
/// ```
///
/// A call without a response throws `ResourceAccessException`; its cause is an
/// `OperationException`, or an `ApiException` if the gateway refused the call. Thread-safe.
public final class BackgroundCalls implements ClientHttpRequestInterceptor {
  /// The HTTP client of the JDK sets these itself.
  private static final Set<String> OF_THE_CONNECTION =
      Set.of("connection", "content-length", "expect", "host", "upgrade");

  private final Backlane backlane;

  public BackgroundCalls(Backlane backlane) {
    this.backlane = backlane;
  }

  @Override
  public ClientHttpResponse intercept(
      HttpRequest request, byte[] body, ClientHttpRequestExecution execution) throws IOException {
    var call =
        java.net.http.HttpRequest.newBuilder(request.getURI())
            .method(request.getMethod().name(), BodyPublishers.ofByteArray(body));
    request
        .getHeaders()
        .forEach((name, values) -> {
          if (!OF_THE_CONNECTION.contains(name.toLowerCase(Locale.ROOT))) {
            values.forEach(value -> call.header(name, value));
          }
        });
    try {
      return new Received(backlane.send(call.build(), BodyHandlers.ofInputStream()));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted; a submitted call continues");
    }
  }

  /// The API's response.
  private record Received(HttpResponse<InputStream> response) implements ClientHttpResponse {
    @Override
    public HttpStatusCode getStatusCode() {
      return HttpStatusCode.valueOf(response.statusCode());
    }

    @Override
    public String getStatusText() {
      return "";
    }

    @Override
    public HttpHeaders getHeaders() {
      var headers = new HttpHeaders();
      response.headers().map().forEach(headers::addAll);
      return headers;
    }

    @Override
    public InputStream getBody() {
      return response.body();
    }

    @Override
    public void close() {
      try {
        response.body().close();
      } catch (IOException alreadyLost) {
        // The response has been used, and nothing follows on this connection.
      }
    }
  }
}
