package dev.backlane.gateway.http.jetty;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpParser;
import org.jspecify.annotations.Nullable;

/// Refuses line breaks before a request line that are not CR LF. Jetty 12.1.14 skips each CR and
/// each LF after an earlier request, so that another server could find the next request elsewhere.
/// Empty lines of CR LF are skipped (RFC 9112 section 2.2).
final class RequestParser extends HttpParser {
  private static final byte CR = '\r';
  private static final byte LF = '\n';

  /// A byte that Jetty refuses before a request line.
  private static final byte REFUSED = 0;

  private boolean afterCr;
  private @Nullable ByteBuffer parsed;

  RequestParser(RequestHandler handler, int headBytesMax, HttpCompliance compliance) {
    super(handler, headBytesMax, compliance);
  }

  @Override
  public boolean parseNext(ByteBuffer buffer) {
    if (isState(State.START) || isState(State.END)) {
      checkLineBreaks(buffer);
    }
    parsed = buffer;
    try {
      return super.parseNext(buffer);
    } finally {
      parsed = null;
    }
  }

  // Jetty skips the line breaks after a request in the call that parses its end.
  @Override
  protected void setState(State state) {
    super.setState(state);
    if (state == State.END && parsed != null) {
      afterCr = false;
      checkLineBreaks(parsed);
    }
  }

  private void checkLineBreaks(ByteBuffer buffer) {
    for (int at = buffer.position(); at < buffer.limit(); at++) {
      byte next = buffer.get(at);
      if (afterCr != (next == LF)) {
        buffer.put(at, REFUSED);
        return;
      }
      if (next != CR && next != LF) {
        return;
      }
      afterCr = next == CR;
    }
  }
}
