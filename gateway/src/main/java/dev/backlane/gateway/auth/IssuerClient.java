package dev.backlane.gateway.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.http.HTTPRequestSender;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.http.ReadOnlyHTTPRequest;
import com.nimbusds.oauth2.sdk.http.ReadOnlyHTTPResponse;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Sends the gateway's own requests to an issuer of tokens. The default client of the SDK,
/// `HttpURLConnection`, logs all header fields at its finest level, including the client's secret;
/// this one logs nothing, follows no redirect, and bounds the size of a response. Thread-safe.
public final class IssuerClient implements HTTPRequestSender {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration RESPONSE_TIMEOUT = Duration.ofSeconds(10);
  private static final long BODY_BYTES_MAX = 1024 * 1024;

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .followRedirects(HttpClient.Redirect.NEVER)
          .connectTimeout(CONNECT_TIMEOUT)
          .build();

  /// @throws IOException if no complete response arrives within 10 s
  @Override
  public ReadOnlyHTTPResponse send(ReadOnlyHTTPRequest asked) throws IOException {
    var body = asked.getBody();
    var request =
        HttpRequest.newBuilder(asked.getURI())
            .method(
                asked.getMethod().name(),
                body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    asked
        .getHeaderMap()
        .forEach((name, values) -> {
          for (String value : values) {
            request.header(name, value);
          }
        });
    return response(send(request.build()));
  }

  private HttpResponse<byte[]> send(HttpRequest request) throws IOException {
    var sent =
        client.sendAsync(
            request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), BODY_BYTES_MAX));
    try {
      return sent.get(RESPONSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException failed) {
      throw new IOException("the request to the issuer failed: " + failed.getCause(), failed);
    } catch (TimeoutException late) {
      sent.cancel(true);
      throw new IOException("the issuer did not respond within " + RESPONSE_TIMEOUT, late);
    } catch (InterruptedException interrupted) {
      sent.cancel(true);
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for the issuer", interrupted);
    }
  }

  private static HTTPResponse response(HttpResponse<byte[]> received) throws IOException {
    var response = new HTTPResponse(received.statusCode());
    var type = received.headers().firstValue("Content-Type");
    try {
      if (type.isPresent()) {
        response.setContentType(type.get());
      }
    } catch (ParseException malformed) {
      throw new IOException("the issuer's response has a malformed media type", malformed);
    }
    response.setBody(new String(received.body(), UTF_8));
    return response;
  }
}
