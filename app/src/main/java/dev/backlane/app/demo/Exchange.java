package dev.backlane.app.demo;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.Optional;

/// One HTTP request and what came of it. Immutable, but for the bytes of the body, which nobody writes to.
///
/// @param sent what was asked
/// @param answer empty where the client's time-out was over first
/// @param took until the answer was there or the time was over
record Exchange(Sent sent, Optional<Answer> answer, Duration took) {

  /// A request.
  ///
  /// @param body as text; empty: none
  record Sent(String method, URI uri, HttpHeaders headers, String body) {
    /// Without headers and body, which hold secrets.
    @Override
    public String toString() {
      return method + " " + uri;
    }
  }

  /// An answer.
  ///
  /// @param body as received; of length 0 where there is none
  /// @param took from sending to the last byte
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Answer(int status, HttpHeaders headers, byte[] body, Duration took) {
    /// The value of a header.
    ///
    /// @throws DemoFailedException if the answer has none of this name
    String header(String name) {
      return headers
          .firstValue(name)
          .orElseThrow(() -> new DemoFailedException("the answer has no header " + name));
    }

    /// Without headers and body, which hold secrets.
    @Override
    public String toString() {
      return "status " + status;
    }
  }
}
