package dev.backlane.app.cli.calls;

import dev.backlane.client.documented.ApiException;
import dev.backlane.protocol.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/// The operator's API of a gateway. Thread-safe.
public final class AdminApi {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int ERRORS = 400;

  private final URI server;
  private final String token;
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

  /// @param server the URL of operators
  /// @param token `admin.token`
  public AdminApi(URI server, String token) {
    this.server = server;
    this.token = token;
  }

  /// Sends a request and returns the document of its response.
  ///
  /// @param path below `/admin/v1`
  /// @param body empty: the request has no body
  /// @throws ApiException if it is refused
  public String send(String method, String path, Map<String, ?> body)
      throws IOException, InterruptedException {
    var address = server.toString().replaceFirst("/+$", "") + "/admin/v1" + path;
    var request =
        HttpRequest.newBuilder(URI.create(address))
            .timeout(TIMEOUT)
            .header("Authorization", "Bearer " + token)
            .method(
                method,
                body.isEmpty()
                    ? BodyPublishers.noBody()
                    : BodyPublishers.ofByteArray(Json.bytes(body)));
    if (!body.isEmpty()) {
      request.header("Content-Type", Json.MEDIA_TYPE);
    }
    var response = http.send(request.build(), BodyHandlers.ofByteArray());
    if (response.statusCode() >= ERRORS) {
      throw new ApiException(
          method + " " + path, response.statusCode(), response.headers(), response.body());
    }
    return new String(response.body(), StandardCharsets.UTF_8);
  }
}
