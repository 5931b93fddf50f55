package dev.backlane.gateway.api;

import dev.backlane.gateway.http.Calls;
import dev.backlane.gateway.http.EntityTag;
import io.helidon.webserver.http.ServerRequest;
import java.util.regex.Pattern;

/// Which bytes of a content a request asks for (RFC 9110 section 14). Several ranges at once are answered whole, as
/// section 14.2 allows.
sealed interface ByteRange {
  /// A range of up to 18 digits a side: all that a `long` holds without overflow.
  Pattern SINGLE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

  /// All bytes.
  record Whole() implements ByteRange {}

  /// The bytes from `first` to `last`, both included.
  record Some(long first, long last) implements ByteRange {}

  /// None that the content has.
  record Unsatisfiable() implements ByteRange {}

  static ByteRange of(ServerRequest request, EntityTag tag, long length) {
    var range = Calls.first(request, "Range");
    boolean sameAsBefore = Calls.first(request, "If-Range").map(tag.text()::equals).orElse(true);
    if (range.isEmpty() || !sameAsBefore) {
      return new Whole();
    }
    var match = SINGLE.matcher(range.get().trim());
    if (!match.matches() || match.group(1).isEmpty() && match.group(2).isEmpty()) {
      return new Whole();
    }
    return match.group(1).isEmpty()
        ? suffix(Long.parseLong(match.group(2)), length)
        : fromTo(Long.parseLong(match.group(1)), match.group(2), length);
  }

  private static ByteRange suffix(long count, long length) {
    return count == 0 ? new Unsatisfiable() : new Some(Math.max(0, length - count), length - 1);
  }

  private static ByteRange fromTo(long first, String lastText, long length) {
    long last = lastText.isEmpty() ? length - 1 : Math.min(Long.parseLong(lastText), length - 1);
    if (!lastText.isEmpty() && Long.parseLong(lastText) < first) {
      return new Whole();
    }
    return first >= length ? new Unsatisfiable() : new Some(first, last);
  }
}
