package dev.backlane.gateway.http;

/// Responds to calls. Thread-safe; each call runs on a separate virtual thread, so a handler
/// may block.
@FunctionalInterface
public interface CallHandler {
  /// Responds to one call. Adapters call the [RootHandler], which turns an exception of
  /// this method into a response.
  ///
  /// @throws java.io.UncheckedIOException if the client is gone
  void handle(Call call);
}
