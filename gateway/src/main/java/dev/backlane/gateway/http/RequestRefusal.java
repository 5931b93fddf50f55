package dev.backlane.gateway.http;

import dev.backlane.protocol.Json;
import dev.backlane.protocol.ProblemType;
import java.util.LinkedHashMap;

/// The problem documents of requests that the web server refuses before a handler sees them, so that
/// they look like all other refusals. Stateless.
public final class RequestRefusal {
  private RequestRefusal() {}

  /// The content of a response, of type [dev.backlane.protocol.Problem#MEDIA_TYPE].
  ///
  /// @param status the status code that the web server chose
  public static byte[] document(int status) {
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
      case 408 -> "The request was not received in time. Send it again.";
      case 413 -> "The request's content is larger than this server accepts.";
      case 414 ->
          "The request line is longer than this server accepts. Send a long query as content.";
      case 431 -> "The header fields together are longer than this server accepts. Shorten them.";
      case 500 -> Problems.INTERNAL_ERROR_DETAIL;
      case 501 -> "The only transfer coding that is supported is 'chunked', applied once.";
      case 505 -> "Only HTTP/1.1 is supported.";
      default ->
          "The request is not well-formed HTTP/1.1, or its header fields together are longer than this"
              + " server accepts. It was not processed.";
    };
  }
}
