package dev.backlane.gateway.http.helidon;

import dev.backlane.gateway.http.RequestRefusal;
import dev.backlane.protocol.Problem;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.DirectHandlers;
import org.jspecify.annotations.Nullable;

/// Sends a problem document for each request that the web server refuses before a handler sees it.
/// The web server's own message is not repeated, since it quotes the request. Thread-safe.
final class RefusedRequests implements DirectHandler {
  private static final int INTERNAL_ERROR = 500;

  private RefusedRequests() {}

  /// For the web server's `directHandlers`.
  static DirectHandlers handlers() {
    var handler = new RefusedRequests();
    var handlers = DirectHandlers.builder();
    for (var event : EventType.values()) {
      handlers.addHandler(event, handler);
    }
    return handlers.build();
  }

  @Override
  public TransportResponse handle(
      TransportRequest request,
      EventType event,
      Status proposed,
      ServerResponseHeaders headers,
      @Nullable String message) {
    var status = failedInHead(request, proposed) ? Status.BAD_REQUEST_400 : proposed;
    return TransportResponse.builder()
        .status(status)
        .headers(headers)
        .header(HeaderNames.CONTENT_TYPE, Problem.MEDIA_TYPE)
        .entity(RequestRefusal.document(status.code()))
        .build();
  }

  // A request that makes the web server fail while it parses the head is malformed, for example one
  // whose method holds bytes outside ASCII.
  private static boolean failedInHead(TransportRequest request, Status proposed) {
    return proposed.code() == INTERNAL_ERROR && request.path().isEmpty();
  }
}
