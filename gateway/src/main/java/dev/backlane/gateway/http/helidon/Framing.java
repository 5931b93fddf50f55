package dev.backlane.gateway.http.helidon;

import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.http.ResponseHead;
import io.helidon.http.DateTime;
import io.helidon.http.Status;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;

/// How the content of a response is delimited (RFC 9112 section 6.3).
///
/// @param hasContent false for a response to `HEAD`, and for 204 and 304
/// @param length to be sent as `Content-Length`
/// @param chunked whether the content is sent in chunks
record Framing(boolean hasContent, OptionalLong length, boolean chunked) {
  private static final int NO_CONTENT = 204;
  private static final int NOT_MODIFIED = 304;

  /// @param length of the content, or of what a `GET` would have had; empty: unknown
  static Framing of(String method, int status, OptionalLong length) {
    if (status == NO_CONTENT) {
      return new Framing(false, OptionalLong.empty(), false);
    }
    boolean hasContent = !method.equals("HEAD") && status != NOT_MODIFIED;
    return new Framing(hasContent, length, hasContent && length.isEmpty());
  }

  /// The bytes of a head: status line, the response's fields, and those of the framing.
  byte[] head(ResponseHead response) {
    var head = new StringBuilder(512).append("HTTP/1.1 ").append(response.status()).append(' ');
    head.append(response.reason().orElseGet(() -> Status.create(response.status()).reasonPhrase()));
    head.append("\r\n");
    boolean dated = false;
    for (Header field : response.headers()) {
      dated |= field.is("Date");
      append(head, field.name(), field.value());
    }
    if (!dated) {
      append(head, "Date", DateTime.rfc1123String());
    }
    if (chunked) {
      append(head, "Transfer-Encoding", "chunked");
    } else if (length.isPresent()) {
      append(head, "Content-Length", Long.toString(length.getAsLong()));
    }
    return head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void append(StringBuilder head, String name, String value) {
    head.append(name).append(": ").append(value).append("\r\n");
  }
}
