package dev.backlane.gateway.http;

/// Responds to calls. Thread-safe; each call has a virtual thread of its own, so a handler may block.
@FunctionalInterface
public interface CallHandler {
  /// Responds to one call. Adapters call the [RootHandler], which turns what this method throws into
  /// a response.
  ///
  /// @throws java.io.UncheckedIOException if the client is gone
  void handle(Call call);
}
