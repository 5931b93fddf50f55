package dev.backlane.gateway.http.netty;

import dev.backlane.protocol.Json;
import dev.backlane.protocol.Problem;
import dev.backlane.protocol.ProblemType;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.util.LinkedHashMap;
import java.util.Optional;

/// Why a request's head is refused before a handler sees it.
record Refusal(int status, String detail) {
  /// Checks what Netty's decoder does not reject (RFC 9112 sections 3.2, 6.1 and 6.3).
  static Optional<Refusal> of(HttpRequest request) {
    var result = request.decoderResult();
    if (result.isFailure()) {
      return Optional.of(malformed(result.cause()));
    }
    var version = request.protocolVersion();
    if (!version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0)) {
      return Optional.of(new Refusal(505, "Only HTTP/1.1 and HTTP/1.0 are supported."));
    }
    var hosts = request.headers().getAll(HttpHeaderNames.HOST);
    if (hosts.size() > 1 || hosts.isEmpty() && version.equals(HttpVersion.HTTP_1_1)) {
      return Optional.of(new Refusal(400, "The request needs one Host header field."));
    }
    var codings = request.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING);
    if (codings.isEmpty()) {
      return Optional.empty();
    }
    if (codings.size() > 1
        || version.equals(HttpVersion.HTTP_1_0)
        || request.headers().contains(HttpHeaderNames.CONTENT_LENGTH)) {
      return Optional.of(new Refusal(400, "The length of the request's body is ambiguous."));
    }
    return codings.getFirst().equalsIgnoreCase("chunked")
        ? Optional.empty()
        : Optional.of(
            new Refusal(
                codings.getFirst().contains("chunked") ? 400 : 501,
                "Of the transfer codings only 'chunked' is supported, alone."));
  }

  private static Refusal malformed(Throwable cause) {
    return switch (cause) {
      case TooLongHttpLineException _ ->
          new Refusal(414, "The request line is too long. Move a long query into a body.");
      case TooLongHttpHeaderException _ -> new Refusal(431, "The header fields are too long.");
      default -> new Refusal(400, "The request is not well-formed HTTP/1.1.");
    };
  }

  /// The response, after which the connection is closed.
  FullHttpResponse response() {
    var members = new LinkedHashMap<String, Object>();
    members.put("type", ProblemType.INVALID_REQUEST.uri().toString());
    members.put("title", ProblemType.INVALID_REQUEST.title());
    members.put("status", status);
    members.put("detail", detail);
    byte[] document = Json.bytes(members);
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(status),
            Unpooled.wrappedBuffer(document));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, Problem.MEDIA_TYPE)
        .set(HttpHeaderNames.CONTENT_LENGTH, document.length)
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    return response;
  }
}
