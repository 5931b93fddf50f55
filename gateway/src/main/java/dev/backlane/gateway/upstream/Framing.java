package dev.backlane.gateway.upstream;

import dev.backlane.engine.operation.Header;
import java.net.ProtocolException;
import java.util.List;

/// How the end of an answer's body is told (RFC 9112 section 6.3).
///
/// @param chunked by the last chunk
/// @param length by this many bytes; -1 if the head does not tell
record Framing(boolean chunked, long length) {
  /// As many as surely fit a `long`.
  private static final int DIGITS_MAX = 18;

  static Framing of(List<Header> headers) throws ProtocolException {
    boolean chunked = false;
    long length = -1;
    for (Header header : headers) {
      if (header.is("Transfer-Encoding")) {
        if (chunked || !header.value().strip().equalsIgnoreCase("chunked")) {
          throw new ProtocolException(
              "the upstream used a transfer coding unasked: " + header.value());
        }
        chunked = true;
      } else if (header.is("Content-Length")) {
        long told = length(header.value());
        if (length >= 0 && told != length) {
          throw new ProtocolException("the upstream told two lengths, " + length + " and " + told);
        }
        length = told;
      }
    }
    // Where both are told, the coding wins and the length is not to be believed.
    return chunked ? new Framing(true, -1) : new Framing(false, length);
  }

  private static long length(String value) throws ProtocolException {
    long length = -1;
    for (String each : value.split(",", -1)) {
      long told = digits(each.strip());
      if (told < 0 || length >= 0 && told != length) {
        throw new ProtocolException("the upstream told a length that cannot be: " + value);
      }
      length = told;
    }
    return length;
  }

  /// The number that these digits are; -1 if they are none, or too many.
  static long digits(String text) {
    if (text.isEmpty() || text.length() > DIGITS_MAX) {
      return -1;
    }
    long number = 0;
    for (int each = 0; each < text.length(); each++) {
      int digit = text.charAt(each) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      number = number * 10 + digit;
    }
    return number;
  }
}
