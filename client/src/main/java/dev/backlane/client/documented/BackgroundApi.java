package dev.backlane.client.documented;

import dev.backlane.client.http.BaseUri;
import dev.backlane.client.http.ContentReader;
import dev.backlane.client.http.ContentStream;
import dev.backlane.client.http.Failures;
import dev.backlane.client.support.Documents;
import dev.backlane.client.support.Encodings;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpHeaders;

/// The two documented operations, with the names of a generated client. Thread-safe. Every method
/// throws [ApiException]; its code is 0 if no response was received.
public final class BackgroundApi {
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
    var reading = new Reading("Reading the state of operation " + requestId);
    return reading.run(() -> {
      var response = configuration.transport().get(target(requestId), reading);
      var state = BackgroundRequestStateDto.of(response.body());
      return new ApiResponse<>(response.statusCode(), response.headers().map(), state);
    });
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
    var stream = backgroundGetBackgroundApiOperationContentByrequestIdStreamWithHttpInfo(requestId);
    return reading(requestId)
        .run(() -> {
          try (var in = stream.getData()) {
            return new ApiResponse<>(
                stream.getStatusCode(), stream.getHeaders(), in.readAllBytes());
          }
        });
  }

  /// Reads the stored response of an operation as a stream, byte for byte, which the caller closes.
  /// If a connection fails in the middle, the stream continues there with another one.
  ///
  /// @throws ApiException as above
  public ApiResponse<InputStream>
      backgroundGetBackgroundApiOperationContentByrequestIdStreamWithHttpInfo(String requestId)
          throws ApiException {
    var reading = reading(requestId);
    return reading.run(() -> {
      var content =
          ContentReader.openOnce(
              configuration.transport(), target(requestId) + "/content", reading);
      return new ApiResponse<>(
          content.statusCode(), content.headers().map(), new ContentStream(content));
    });
  }

  /// Reads the stored response of an operation as JSON. Members that the type does not have are
  /// ignored. The `Content-Encoding` `gzip` is decoded.
  ///
  /// @throws ApiException as above, and with the code 0 if the content is not JSON of this type
  public <T> T backgroundGetBackgroundApiOperationContentByrequestId(
      String requestId, Class<T> type) throws ApiException {
    return backgroundGetBackgroundApiOperationContentByrequestIdWithHttpInfo(requestId, type)
        .getData();
  }

  /// As above, with the status and the header fields of the response.
  public <T> ApiResponse<T> backgroundGetBackgroundApiOperationContentByrequestIdWithHttpInfo(
      String requestId, Class<T> type) throws ApiException {
    var content = backgroundGetBackgroundApiOperationContentByrequestIdWithHttpInfo(requestId);
    return reading(requestId)
        .run(() -> {
          var headers = HttpHeaders.of(content.getHeaders(), (name, value) -> true);
          var encoding = headers.firstValue("Content-Encoding").orElse("");
          return new ApiResponse<>(
              content.getStatusCode(),
              content.getHeaders(),
              Documents.read(Encodings.decoded(content.getData(), encoding), type));
        });
  }

  private static Reading reading(String requestId) {
    return new Reading("Reading the content of operation " + requestId);
  }

  private static String target(String requestId) {
    if (requestId.isBlank()) {
      throw new IllegalArgumentException("requestId is empty: pass the id of the 202.");
    }
    return "/v1/background/" + BaseUri.encoded(requestId);
  }

  /// Work of one method.
  private interface Work<T> {
    T run() throws IOException, InterruptedException;
  }

  /// What failed, as users of this package get it.
  ///
  /// @param action the beginning of the message
  private record Reading(String action) implements Failures {
    @Override
    public ApiException refused(int status, HttpHeaders headers, byte[] body) {
      return new ApiException(action, status, headers, body);
    }

    @Override
    public ApiException unanswered(IOException cause) {
      return new ApiException(action, cause);
    }

    <T> T run(Work<T> work) throws ApiException {
      try {
        return work.run();
      } catch (ApiException refused) {
        throw refused;
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw unanswered(new InterruptedIOException("the thread was interrupted"));
      } catch (IOException failed) {
        throw unanswered(failed);
      }
    }
  }
}
