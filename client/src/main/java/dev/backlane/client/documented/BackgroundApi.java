package dev.backlane.client.documented;

import dev.backlane.client.http.Transport;
import dev.backlane.client.support.Documents;
import dev.backlane.client.support.Shared;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// The two documented operations, with the names of a generated client. Thread-safe. Every method
/// throws [ApiException], with the code 0 if no response was received.
public final class BackgroundApi {
  private static final Duration TIMEOUT = Duration.ofMinutes(1);

  private final Configuration configuration;

  /// Calls the API that a configuration names.
  public BackgroundApi(Configuration configuration) {
    this.configuration = configuration;
  }

  /// Reads the state of an operation.
  ///
  /// @param requestId the id that the 202 of the call returned
  /// @throws ApiException 401; 403 for an operation of another company or user; 404 for an unknown
  ///     one
  public BackgroundRequestStateDto backgroundGetBackgroundApiOperationByrequestId(String requestId)
      throws ApiException {
    return backgroundGetBackgroundApiOperationByrequestIdWithHttpInfo(requestId).getData();
  }

  /// As above, with the status and the header fields of the response.
  public ApiResponse<BackgroundRequestStateDto>
      backgroundGetBackgroundApiOperationByrequestIdWithHttpInfo(String requestId)
          throws ApiException {
    var action = "Reading the state of operation " + requestId;
    var response = get(action, target(requestId), "application/json", BodyHandlers.ofByteArray());
    return new ApiResponse<>(
        response.statusCode(),
        response.headers().map(),
        BackgroundRequestStateDto.of(json(action, response.body(), StateDocument.class)));
  }

  /// Reads the stored response of an operation into memory, byte for byte.
  ///
  /// @param requestId the id that the 202 of the call returned
  /// @throws ApiException 401; 403; 404 if there is no content (yet); 410 after the retention
  public byte[] backgroundGetBackgroundApiOperationContentByrequestId(String requestId)
      throws ApiException {
    return backgroundGetBackgroundApiOperationContentByrequestIdWithHttpInfo(requestId).getData();
  }

  /// As above, with the status and the header fields of the response.
  public ApiResponse<byte[]> backgroundGetBackgroundApiOperationContentByrequestIdWithHttpInfo(
      String requestId) throws ApiException {
    return content(requestId, BodyHandlers.ofByteArray());
  }

  /// Reads the stored response of an operation as a stream, which the caller closes.
  ///
  /// @throws ApiException as above
  public ApiResponse<InputStream>
      backgroundGetBackgroundApiOperationContentByrequestIdStreamWithHttpInfo(String requestId)
          throws ApiException {
    return content(requestId, BodyHandlers.ofInputStream());
  }

  /// Reads the stored response of an operation as JSON. Members that the type does not have are
  /// ignored.
  ///
  /// @throws ApiException as above, and with the code 0 if the content is not JSON of this type
  public <T> T backgroundGetBackgroundApiOperationContentByrequestId(
      String requestId, Class<T> type) throws ApiException {
    return json(
        "Reading the content of operation " + requestId,
        backgroundGetBackgroundApiOperationContentByrequestId(requestId),
        type);
  }

  private <T> ApiResponse<T> content(String requestId, BodyHandler<T> handler) throws ApiException {
    var response =
        get(
            "Reading the content of operation " + requestId,
            target(requestId) + "/content",
            "*/*",
            handler);
    return new ApiResponse<>(response.statusCode(), response.headers().map(), response.body());
  }

  private static String target(String requestId) {
    return "/v1/background/" + URLEncoder.encode(requestId, StandardCharsets.UTF_8);
  }

  private <T> HttpResponse<T> get(
      String action, String target, String accept, BodyHandler<T> handler) throws ApiException {
    var transport =
        new Transport(
            URI.create(configuration.getHost()),
            configuration.credentials(),
            configuration.http().orElse(Shared.HTTP),
            TIMEOUT);
    try {
      return transport.get(
          target,
          accept,
          handler,
          (status, headers, body) -> new ApiException(action, status, headers, body));
    } catch (ApiException refused) {
      throw refused;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new ApiException(action, new InterruptedIOException("interrupted"));
    } catch (IOException failed) {
      throw new ApiException(action, failed);
    }
  }

  private static <T> T json(String action, byte[] body, Class<T> type) throws ApiException {
    try {
      return Documents.read(body, type);
    } catch (IOException malformed) {
      throw new ApiException(action, malformed);
    }
  }
}
