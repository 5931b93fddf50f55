package dev.backlane.gateway.upstream.wire;

import dev.backlane.engine.operation.Header;
import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// How the end of a response's body is determined (RFC 9112 section 6.3).
///
/// @param chunked whether the last chunk ends it
/// @param length bytes after which it ends; -1 if the head has no length
/// @param certain false if another recipient could find another end: the connection is not used
///     again
public record Framing(boolean chunked, long length, boolean certain) {
  /// The longest decimal number that always fits a `long`, in digits.
  private static final int DIGITS_MAX = 18;

  /// Reads the framing fields. The same length twice is one length, and a transfer coding takes
  /// precedence over a length.
  ///
  /// @throws ProtocolException if the end cannot be determined
  public static Framing of(List<Header> headers) throws ProtocolException {
    int codings = 0;
    boolean chunked = false;
    long length = -1;
    for (Header header : headers) {
      if (header.is("Transfer-Encoding")) {
        for (String coding : header.value().split(",", -1)) {
          codings++;
          chunked |= isChunked(coding.strip(), header.value());
        }
      } else if (header.is("Content-Length")) {
        length = sameLength(header.value(), length);
      }
    }
    boolean certain = codings == 0 || codings == 1 && chunked && length < 0;
    return chunked ? new Framing(true, -1, certain) : new Framing(false, length, certain);
  }

  /// `identity` was removed from HTTP, and means no coding; an empty element of a list has no
  /// meaning.
  private static boolean isChunked(String coding, String field) throws ProtocolException {
    return switch (coding.toLowerCase(Locale.ROOT)) {
      case "chunked" -> true;
      case "identity", "" -> false;
      default ->
          throw new ProtocolException("the upstream used an unexpected transfer coding: " + field);
    };
  }

  private static long sameLength(String field, long before) throws ProtocolException {
    long length = before;
    for (String each : field.split(",", -1)) {
      var element = each.strip();
      if (element.isEmpty()) {
        continue;
      }
      long sent = digits(element);
      if (sent < 0) {
        throw new ProtocolException("the upstream sent an invalid length: " + field);
      }
      if (length >= 0 && sent != length) {
        throw new ProtocolException("the upstream sent two lengths, " + length + " and " + sent);
      }
      length = sent;
    }
    return length;
  }

  /// The fields of the head with the length that counts: one `Content-Length` at most, rewritten
  /// if it was repeated; none with a transfer coding.
  public List<Header> repaired(List<Header> headers) {
    List<Header> kept = new ArrayList<>(headers.size());
    boolean seen = chunked || length < 0;
    for (Header header : headers) {
      if (!header.is("Content-Length")) {
        kept.add(header);
      } else if (!seen) {
        seen = true;
        kept.add(
            digits(header.value()) == length
                ? header
                : new Header(header.name(), Long.toString(length)));
      }
    }
    return kept;
  }

  /// Parses a decimal number; -1 if the text is not all digits, or is longer than [#DIGITS_MAX].
  public static long digits(String text) {
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
