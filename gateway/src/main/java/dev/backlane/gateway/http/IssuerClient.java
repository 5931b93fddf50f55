package dev.backlane.gateway.http;

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

/// Sends the gateway's own requests to an issuer of tokens. The usual way, `HttpURLConnection`, logs each header line at its most
/// talkative, the client's secret among them; this one logs nothing, follows no redirect, and bounds the answer. Thread-safe.
public final class IssuerClient implements HTTPRequestSender {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(10);
  private static final long BODY_BYTES_MAX = 1024 * 1024;

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .followRedirects(HttpClient.Redirect.NEVER)
          .connectTimeout(CONNECT_TIMEOUT)
          .build();

  /// @throws IOException if no whole answer is there within 10 s
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
    return response(answer(request.build()));
  }

  private HttpResponse<byte[]> answer(HttpRequest request) throws IOException {
    var sent =
        client.sendAsync(
            request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), BODY_BYTES_MAX));
    try {
      return sent.get(ANSWER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException failed) {
      throw new IOException("the issuer does not answer: " + failed.getCause(), failed);
    } catch (TimeoutException late) {
      sent.cancel(true);
      throw new IOException("the issuer does not answer within " + ANSWER_TIMEOUT, late);
    } catch (InterruptedException interrupted) {
      sent.cancel(true);
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the issuer answers", interrupted);
    }
  }

  private static HTTPResponse response(HttpResponse<byte[]> answer) throws IOException {
    var response = new HTTPResponse(answer.statusCode());
    var type = answer.headers().firstValue("Content-Type");
    try {
      if (type.isPresent()) {
        response.setContentType(type.get());
      }
    } catch (ParseException malformed) {
      throw new IOException("the issuer's answer has a malformed media type", malformed);
    }
    response.setBody(new String(answer.body(), UTF_8));
    return response;
  }
}
