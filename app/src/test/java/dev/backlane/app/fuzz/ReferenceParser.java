package dev.backlane.app.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// Finds the requests in the bytes of a connection, strictly by RFC 9112 and independently of the
/// gateway: what it does not find, the gateway must not find either. Each byte is one `char`. Of
/// what a recipient may accept, it accepts more than one space in a request line (section 3), and
/// the name of the protocol in small letters: neither affects where a request ends.
final class ReferenceParser {
  private static final String TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
  private static final Pattern REQUEST_LINE =
      Pattern.compile("(" + TOKEN + ") +([\\x21-\\x7e]+) +(?i:HTTP)/1\\.([01])");
  private static final Pattern FIELD =
      Pattern.compile("(" + TOKEN + "):[ \\t]*([\\t\\x20-\\x7e\\x80-\\xff]*?)[ \\t]*");
  private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");
  private static final Pattern CHUNK_LINE =
      Pattern.compile("([0-9A-Fa-f]{1,15})(?:[ \\t]*;[\\t\\x20-\\x7e\\x80-\\xff]*)?");
  private static final String BREAK = "\r\n";

  /// How the bytes end.
  enum End {
    /// After the last request.
    COMPLETE,
    /// Within a request.
    INCOMPLETE,
    /// At bytes that are no request.
    MALFORMED
  }

  /// One request.
  ///
  /// @param target without the authority of an absolute form
  record Found(String method, String target, String body) {
    /// What the upstream of the tests returns for it.
    String echo() {
      return method + " " + target + " " + body.length() + ":" + body.hashCode();
    }
  }

  private final String bytes;
  private final List<Found> found = new ArrayList<>();
  private int at;

  private ReferenceParser(String bytes) {
    this.bytes = bytes;
  }

  /// The requests before the end, and the method that the rest begins with.
  record Parsed(List<Found> requests, End end, String rest) {}

  static Parsed parse(String bytes) {
    var parser = new ReferenceParser(bytes);
    int begin = 0;
    var end = End.COMPLETE;
    while (end == End.COMPLETE && parser.skipBreaks()) {
      begin = parser.at;
      end = parser.request();
    }
    return new Parsed(
        parser.found, end, bytes.substring(end == End.COMPLETE ? bytes.length() : begin));
  }

  /// @return whether bytes are left
  private boolean skipBreaks() {
    while (bytes.startsWith(BREAK, at)) {
      at += 2;
    }
    return at < bytes.length();
  }

  /// The next line without its line break; empty if the bytes end before it does.
  private Optional<String> line() {
    int end = bytes.indexOf(BREAK, at);
    if (end < 0) {
      return Optional.empty();
    }
    var line = bytes.substring(at, end);
    at = end + 2;
    return Optional.of(line);
  }

  private End request() {
    var first = line();
    if (first.isEmpty()) {
      return End.INCOMPLETE;
    }
    var parts = REQUEST_LINE.matcher(first.get());
    if (!parts.matches()) {
      return End.MALFORMED;
    }
    boolean old = parts.group(3).equals("0");
    int hosts = 0;
    List<String> lengths = new ArrayList<>();
    List<String> codings = new ArrayList<>();
    while (true) {
      var line = line();
      if (line.isEmpty()) {
        return End.INCOMPLETE;
      }
      if (line.get().isEmpty()) {
        break;
      }
      var field = FIELD.matcher(line.get());
      if (!field.matches()) {
        return End.MALFORMED;
      }
      switch (field.group(1).toLowerCase(Locale.ROOT)) {
        case "host" -> hosts++;
        case "content-length" -> lengths.add(field.group(2));
        case "transfer-encoding" -> codings.add(field.group(2));
        default -> {}
      }
    }
    if (hosts > 1 || hosts == 0 && !old || !framed(lengths, codings, old)) {
      return End.MALFORMED;
    }
    var body = new StringBuilder();
    var end =
        codings.isEmpty()
            ? content(lengths.isEmpty() ? 0 : Long.parseLong(lengths.getFirst()), body)
            : chunks(body);
    if (end == End.COMPLETE) {
      found.add(new Found(parts.group(1), path(parts.group(2)), body.toString()));
    }
    return end;
  }

  private static boolean framed(List<String> lengths, List<String> codings, boolean old) {
    if (codings.isEmpty()) {
      return lengths.isEmpty()
          || lengths.size() == 1 && LENGTH.matcher(lengths.getFirst()).matches();
    }
    return !old
        && lengths.isEmpty()
        && codings.size() == 1
        && codings.getFirst().equalsIgnoreCase("chunked");
  }

  private static String path(String target) {
    int scheme = target.startsWith("/") ? -1 : target.indexOf("://");
    if (scheme < 0) {
      return target;
    }
    int end = scheme + 3;
    while (end < target.length() && "/?#".indexOf(target.charAt(end)) < 0) {
      end++;
    }
    var rest = target.substring(end);
    return rest.startsWith("/") ? rest : "/" + rest;
  }

  private End content(long length, StringBuilder body) {
    if (length > bytes.length() - at) {
      return End.INCOMPLETE;
    }
    body.append(bytes, at, at + (int) length);
    at += (int) length;
    return End.COMPLETE;
  }

  private End chunks(StringBuilder body) {
    while (true) {
      int begin = at;
      var line = line();
      if (line.isEmpty()) {
        return malformedLine(begin) ? End.MALFORMED : End.INCOMPLETE;
      }
      var parts = CHUNK_LINE.matcher(line.get());
      if (!parts.matches()) {
        return End.MALFORMED;
      }
      long size = Long.parseLong(parts.group(1), 16);
      if (size == 0) {
        return trailers();
      }
      if (content(size, body) == End.INCOMPLETE) {
        return End.INCOMPLETE;
      }
      if (!bytes.startsWith(BREAK, at)) {
        return BREAK.startsWith(bytes.substring(at)) ? End.INCOMPLETE : End.MALFORMED;
      }
      at += 2;
    }
  }

  private boolean malformedLine(int begin) {
    return bytes.indexOf('\n', begin) >= 0;
  }

  private End trailers() {
    while (true) {
      var line = line();
      if (line.isEmpty()) {
        return End.INCOMPLETE;
      }
      if (line.get().isEmpty()) {
        return End.COMPLETE;
      }
      if (!FIELD.matcher(line.get()).matches()) {
        return End.MALFORMED;
      }
    }
  }

  /// Bytes as text that can be read in a message.
  static String visible(String bytes) {
    var text = new StringBuilder();
    for (int each = 0; each < bytes.length(); each++) {
      char value = bytes.charAt(each);
      switch (value) {
        case '\r' -> text.append("\\r");
        case '\n' -> text.append("\\n\n");
        default ->
            text.append(
                value >= ' ' && value <= '~'
                    ? String.valueOf(value)
                    : String.format(Locale.ROOT, "\\x%02x", (int) value));
      }
    }
    return text.toString();
  }

  static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }
}
