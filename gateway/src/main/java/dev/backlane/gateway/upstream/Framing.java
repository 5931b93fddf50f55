package dev.backlane.gateway.upstream;

import dev.backlane.engine.operation.Header;
import java.net.ProtocolException;
import java.util.List;

/// How the end of a response's body is determined (RFC 9112 section 6.3).
///
/// @param chunked whether the last chunk ends it
/// @param length bytes after which it ends; -1 if the head has no length
record Framing(boolean chunked, long length) {
  /// The longest decimal number that always fits a `long`, in digits.
  private static final int DIGITS_MAX = 18;

  static Framing of(List<Header> headers) throws ProtocolException {
    boolean chunked = false;
    long length = -1;
    for (Header header : headers) {
      if (header.is("Transfer-Encoding")) {
        if (chunked || !header.value().strip().equalsIgnoreCase("chunked")) {
          throw new ProtocolException(
              "the upstream used an unexpected transfer coding: " + header.value());
        }
        chunked = true;
      } else if (header.is("Content-Length")) {
        long sent = length(header.value());
        if (length >= 0 && sent != length) {
          throw new ProtocolException("the upstream sent two lengths, " + length + " and " + sent);
        }
        length = sent;
      }
    }
    // If both are present, the coding takes precedence and the length is ignored.
    return chunked ? new Framing(true, -1) : new Framing(false, length);
  }

  private static long length(String value) throws ProtocolException {
    long length = -1;
    for (String each : value.split(",", -1)) {
      long sent = digits(each.strip());
      if (sent < 0 || length >= 0 && sent != length) {
        throw new ProtocolException("the upstream sent an invalid length: " + value);
      }
      length = sent;
    }
    return length;
  }

  /// Parses a decimal number; -1 if the text is not all digits, or is longer than [#DIGITS_MAX].
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
