package dev.backlane.gateway.http.netty;

import dev.backlane.gateway.http.RequestRefusal;
import dev.backlane.protocol.Problem;
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
import java.util.Optional;

/// Why a request's head is refused before a handler sees it.
record Refusal(int status) {
  /// Checks what Netty's decoder does not reject (RFC 9112 sections 3.2, 6.1 and 6.3).
  static Optional<Refusal> of(HttpRequest request) {
    var result = request.decoderResult();
    if (result.isFailure()) {
      return Optional.of(malformed(result.cause()));
    }
    var version = request.protocolVersion();
    if (!version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0)) {
      return Optional.of(new Refusal(505));
    }
    var hosts = request.headers().getAll(HttpHeaderNames.HOST);
    if (hosts.size() > 1 || hosts.isEmpty() && version.equals(HttpVersion.HTTP_1_1)) {
      return Optional.of(new Refusal(400));
    }
    var codings = request.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING);
    if (codings.isEmpty()) {
      return Optional.empty();
    }
    if (codings.size() > 1
        || version.equals(HttpVersion.HTTP_1_0)
        || request.headers().contains(HttpHeaderNames.CONTENT_LENGTH)) {
      return Optional.of(new Refusal(400));
    }
    return codings.getFirst().equalsIgnoreCase("chunked")
        ? Optional.empty()
        : Optional.of(new Refusal(codings.getFirst().contains("chunked") ? 400 : 501));
  }

  private static Refusal malformed(Throwable cause) {
    return switch (cause) {
      case TooLongHttpLineException _ -> new Refusal(414);
      case TooLongHttpHeaderException _ -> new Refusal(431);
      default -> new Refusal(400);
    };
  }

  /// The response, after which the connection is closed.
  FullHttpResponse response() {
    byte[] document = RequestRefusal.document(status);
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
