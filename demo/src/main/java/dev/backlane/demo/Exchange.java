package dev.backlane.demo;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.Optional;

/// One HTTP request and its response. Immutable by convention: the bytes of the body are not
/// modified.
///
/// @param sent the request
/// @param response empty if the client timed out
/// @param took the time until the response or the timeout
record Exchange(Sent sent, Optional<Response> response, Duration took) {

  /// A request.
  ///
  /// @param body the body as text; empty: none
  record Sent(String method, URI uri, HttpHeaders headers, String body) {
    /// Omits headers and body, which contain secrets.
    @Override
    public String toString() {
      return method + " " + uri;
    }
  }

  /// A response.
  ///
  /// @param body the body as received; empty if there is none
  /// @param took the time from sending the request to the last byte
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Response(int status, HttpHeaders headers, byte[] body, Duration took) {
    /// The value of a header.
    ///
    /// @throws DemoFailedException if the response has no such header
    String header(String name) {
      return headers
          .firstValue(name)
          .orElseThrow(() -> new DemoFailedException("the response has no header " + name));
    }

    /// Omits headers and body, which contain secrets.
    @Override
    public String toString() {
      return "status " + status;
    }
  }
}
