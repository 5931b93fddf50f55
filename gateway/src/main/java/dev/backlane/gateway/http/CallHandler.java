package dev.backlane.gateway.http;

/// Responds to calls. Thread-safe; each call has a virtual thread of its own, so a handler may block.
@FunctionalInterface
public interface CallHandler {
  /// Responds to one call. If the handler returns without a response, or throws before one, the
  /// adapter sends 500; if it throws later, the adapter closes the connection. An
  /// [java.io.UncheckedIOException] means that the client is gone, and is not logged as a fault.
  void handle(Call call);
}
