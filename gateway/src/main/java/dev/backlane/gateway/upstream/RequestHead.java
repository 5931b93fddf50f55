package dev.backlane.gateway.upstream;

import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.connect.Authority;
import java.nio.charset.StandardCharsets;

/// Writes the head of a request, byte for byte as given.
final class RequestHead {
  private static final int EXPECTED_CHARS = 512;

  private RequestHead() {}

  /// The head, including its empty line.
  ///
  /// @throws IllegalArgumentException if a part contains a line break, or method or target a space
  static byte[] of(OutgoingRequest request, Authority authority) {
    var head = new StringBuilder(EXPECTED_CHARS);
    head.append(word(request.method()))
        .append(' ')
        .append(authority.basePath())
        .append(word(request.target()));
    head.append(" HTTP/1.1\r\n");
    line(head, "Host", authority.hostHeader());
    for (Header header : request.headers()) {
      line(head, header.name(), header.value());
    }
    switch (request.body()) {
      case OutgoingBody.None() -> {}
      case OutgoingBody.Sized(long length, var _) ->
          line(head, "Content-Length", Long.toString(length));
      case OutgoingBody.Chunked(var _) -> line(head, "Transfer-Encoding", "chunked");
    }
    return head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void line(StringBuilder head, String name, String value) {
    head.append(unbroken(name)).append(": ").append(unbroken(value)).append("\r\n");
  }

  private static String word(String text) {
    if (text.indexOf(' ') >= 0) {
      throw new IllegalArgumentException("method and target cannot contain a space");
    }
    return unbroken(text);
  }

  private static String unbroken(String text) {
    if (text.indexOf('\r') >= 0 || text.indexOf('\n') >= 0) {
      throw new IllegalArgumentException("a header field cannot contain a line break");
    }
    return text;
  }
}
