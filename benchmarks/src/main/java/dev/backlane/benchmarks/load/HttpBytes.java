package dev.backlane.benchmarks.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Locale;

/// The part of HTTP/1.1 that the load generator and its upstream need.
public final class HttpBytes {
  private HttpBytes() {}

  /// The index after the empty line that ends a head; -1 if it has not arrived yet.
  public static int headEnd(byte[] buffer, int filled) {
    for (int i = 3; i < filled; i++) {
      if (buffer[i] == '\n'
          && buffer[i - 1] == '\r'
          && buffer[i - 2] == '\n'
          && buffer[i - 3] == '\r') {
        return i + 1;
      }
    }
    return -1;
  }

  /// The three digits of a status line.
  public static int status(byte[] head) {
    return (head[9] - '0') * 100 + (head[10] - '0') * 10 + head[11] - '0';
  }

  /// The declared length of the body; 0 if none is declared.
  public static long contentLength(byte[] head, int headEnd) {
    var text = new String(head, 0, headEnd, ISO_8859_1).toLowerCase(Locale.ROOT);
    int at = text.indexOf("\r\ncontent-length:");
    if (at < 0) {
      return 0;
    }
    int from = at + "\r\ncontent-length:".length();
    return Long.parseLong(text.substring(from, text.indexOf('\r', from)).trim());
  }

  /// A whole request without a body.
  public static byte[] get(String target) {
    return ("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").getBytes(ISO_8859_1);
  }

  /// The path of an http URL, from its first slash after the authority.
  public static String path(String url) {
    return url.substring(url.indexOf('/', "http://".length()));
  }

  /// A whole request with a body of `bodyBytes` letters.
  public static byte[] post(String target, int bodyBytes, String... fields) {
    var head =
        new StringBuilder(
            "POST " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n");
    for (String field : fields) {
      head.append(field).append("\r\n");
    }
    head.append("Content-Length: ").append(bodyBytes).append("\r\n\r\n");
    return head.append("x".repeat(bodyBytes)).toString().getBytes(ISO_8859_1);
  }
}
