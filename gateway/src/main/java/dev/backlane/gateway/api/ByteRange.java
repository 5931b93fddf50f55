package dev.backlane.gateway.api;

import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.EntityTag;
import java.util.regex.Pattern;

/// The bytes of a content that a request selects (RFC 9110 section 14). A request for several
/// ranges gets all of the content, as section 14.2 allows.
sealed interface ByteRange {
  /// Up to 18 digits a side: more could overflow a `long`.
  Pattern SINGLE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

  /// All bytes.
  record Whole() implements ByteRange {}

  /// The bytes from `first` to `last`, inclusive.
  record Some(long first, long last) implements ByteRange {}

  /// A range outside the content.
  record Unsatisfiable() implements ByteRange {}

  static ByteRange of(Call call, EntityTag tag, long length) {
    var range = call.header("Range");
    boolean unchanged = call.header("If-Range").map(tag.text()::equals).orElse(true);
    if (range.isEmpty() || !unchanged) {
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
