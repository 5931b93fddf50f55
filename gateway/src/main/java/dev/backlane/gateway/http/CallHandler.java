package dev.backlane.gateway.http;

/// Answers calls. Thread-safe; each call has a virtual thread of its own, so a handler may block.
@FunctionalInterface
public interface CallHandler {
  /// Answers one call. A handler that returns without a response, or throws before one, makes the
  /// adapter send 500; one that throws later makes it close the connection.
  void handle(Call call);
}
