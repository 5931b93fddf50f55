package dev.backlane.gateway.http.jetty;

import org.jspecify.annotations.Nullable;

/// Distinguishes a stream that ended within a request from a malformed request, which Jetty reports
/// with the same types. A closed sending side does not decide it, since a client may also close it
/// after a malformed request. Stateless.
final class EarlyEnd {
  /// In the messages of Jetty's exceptions for a stream that ends within a head or a body.
  private static final String MESSAGE = "Early EOF";

  private EarlyEnd() {}

  static boolean is(@Nullable Throwable cause) {
    return cause != null && String.valueOf(cause.getMessage()).contains(MESSAGE);
  }
}
