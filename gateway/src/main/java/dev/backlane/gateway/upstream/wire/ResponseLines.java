package dev.backlane.gateway.upstream.wire;

import java.util.function.IntConsumer;
import java.util.regex.Pattern;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpVersion;
import org.apache.hc.core5.http.ParseException;
import org.apache.hc.core5.http.ProtocolVersion;
import org.apache.hc.core5.http.message.BasicHeader;
import org.apache.hc.core5.http.message.BasicLineParser;
import org.apache.hc.core5.http.message.StatusLine;
import org.apache.hc.core5.util.CharArrayBuffer;

/// Parses the lines of a response's head, and repairs what can be repaired without a guess about
/// the framing: rejecting the response would cost a call that has acted its outcome.
///
/// - White space before the colon of a field is removed (RFC 9112 section 5.1).
/// - Control characters in a value or a reason phrase, such as a bare CR, become spaces (RFC 9110
///   section 5.5). Bytes above 0x7F are kept.
/// - A line that is not a field is dropped: without a colon, with a name that is not a token (RFC
///   9110 section 5.6.2), or with white space before the first field (RFC 9112 section 2.2).
/// - The name of the protocol may be in small letters, and its version have one number, as in
///   `HTTP/2 200`, which web applications copy from another protocol.
///
/// The parser that calls it accepts LF as the end of a line, empty lines before the status line,
/// line folding, and a status line without a reason phrase.
public final class ResponseLines extends BasicLineParser {
  private static final Pattern STATUS_LINE =
      Pattern.compile(
          "\\s*HTTP/(\\d)(?:\\.(\\d))?[ \\t]+([1-9]\\d\\d)(?:[ \\t]+(.*))?",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
  private static final String TOKEN_SYMBOLS = "!#$%&'*+-.^_`|~";

  private static final Header DROPPED = new BasicHeader("-", "");

  private final IntConsumer onStatus;

  /// @param onStatus gets the status code as soon as the status line is known
  public ResponseLines(IntConsumer onStatus) {
    this.onStatus = onStatus;
  }

  /// Whether a field represents a line that was dropped.
  @SuppressWarnings("ReferenceEquality") // A marker.
  public static boolean dropped(Header field) {
    return field == DROPPED;
  }

  @Override
  public StatusLine parseStatusLine(CharArrayBuffer line) throws ParseException {
    var parts = STATUS_LINE.matcher(line);
    if (!parts.matches()) {
      throw new ParseException("it begins with an invalid status line");
    }
    int code = Integer.parseInt(parts.group(3));
    onStatus.accept(code);
    var reason = parts.group(4) == null ? "" : withoutControls(parts.group(4)).strip();
    return new StatusLine(version(parts.group(1), parts.group(2)), code, reason);
  }

  private static ProtocolVersion version(String major, String minor) {
    boolean old = major.equals("0") || major.equals("1") && "0".equals(minor);
    return old ? HttpVersion.HTTP_1_0 : HttpVersion.HTTP_1_1;
  }

  @Override
  public Header parseHeader(CharArrayBuffer line) {
    int colon = line.indexOf(':');
    if (colon <= 0 || isBlank(line.charAt(0))) {
      return DROPPED;
    }
    int end = colon;
    while (isBlank(line.charAt(end - 1))) {
      end--;
    }
    var name = line.substring(0, end);
    return isToken(name)
        ? new BasicHeader(
            name, withoutControls(line.substringTrimmed(colon + 1, line.length())).strip())
        : DROPPED;
  }

  private static boolean isBlank(char each) {
    return each == ' ' || each == '\t';
  }

  private static boolean isToken(String name) {
    for (int at = 0; at < name.length(); at++) {
      char each = name.charAt(at);
      boolean letterOrDigit =
          each >= 'a' && each <= 'z' || each >= 'A' && each <= 'Z' || each >= '0' && each <= '9';
      if (!letterOrDigit && TOKEN_SYMBOLS.indexOf(each) < 0) {
        return false;
      }
    }
    return true;
  }

  private static String withoutControls(String text) {
    for (int at = 0; at < text.length(); at++) {
      if (isControl(text.charAt(at))) {
        return replaced(text);
      }
    }
    return text;
  }

  private static String replaced(String text) {
    var clean = new StringBuilder(text);
    for (int at = 0; at < clean.length(); at++) {
      if (isControl(clean.charAt(at))) {
        clean.setCharAt(at, ' ');
      }
    }
    return clean.toString();
  }

  // Bytes from 0x80 to 0x9F are controls of ISO 8859-1, but usually parts of UTF-8.
  private static boolean isControl(char each) {
    return each < ' ' && each != '\t' || each == 0x7F;
  }
}
