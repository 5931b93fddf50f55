package dev.backlane.gateway.http;

import dev.backlane.protocol.Json;
import dev.backlane.protocol.Problem;
import dev.backlane.protocol.ProblemType;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.DirectHandlers;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/// Answers what the web server itself refuses, before any handler saw it, as all else is answered: with a problem document. What
/// exactly the web server disliked is not repeated, since it quotes the request. Thread-safe.
public final class MalformedRequests implements DirectHandler {
  private MalformedRequests() {}

  /// For the web server's `directHandlers`.
  public static DirectHandlers handlers() {
    var handler = new MalformedRequests();
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
    var status = unread(request, proposed) ? Status.BAD_REQUEST_400 : proposed;
    return TransportResponse.builder()
        .status(status)
        .headers(headers)
        .header(HeaderNames.CONTENT_TYPE, Problem.MEDIA_TYPE)
        .entity(document(status.code()))
        .build();
  }

  // What breaks the web server before it has made out a request is the request's fault, such as a
  // method of bytes outside ASCII.
  private static boolean unread(TransportRequest request, Status proposed) {
    return proposed.code() == ProblemType.INTERNAL_ERROR.status() && request.path().isEmpty();
  }

  private static byte[] document(int status) {
    var type = type(status);
    var members = new LinkedHashMap<String, Object>();
    members.put("type", type.uri().toString());
    members.put("title", type.title());
    members.put("status", status);
    members.put("detail", detail(status));
    return Json.bytes(members);
  }

  private static ProblemType type(int status) {
    return switch (status) {
      case 413 -> ProblemType.PAYLOAD_TOO_LARGE;
      case 500 -> ProblemType.INTERNAL_ERROR;
      default -> ProblemType.INVALID_REQUEST;
    };
  }

  private static String detail(int status) {
    return switch (status) {
      case 413 -> "The request's body is larger than is taken here.";
      case 414 -> "The request line is longer than is taken here. Move a long query into a body.";
      case 500 -> "Backlane itself failed; its log tells more.";
      case 501 -> "Of the transfer codings only 'chunked' is understood, alone.";
      case 505 -> "Only HTTP/1.1 is spoken here.";
      default ->
          "The request is not well-formed HTTP/1.1, or its header lines together are longer than is taken here. Nothing of it"
              + " was looked at further.";
    };
  }
}
