package dev.backlane.gateway.http;

import java.util.List;

/// A strong entity tag (RFC 9110 section 8.8.3).
///
/// @param text with its quotes
public record EntityTag(String text) {
  /// The tag with an opaque text, given without quotes.
  public static EntityTag of(String opaque) {
    return new EntityTag('"' + opaque + '"');
  }

  /// Whether the values of `If-None-Match` contain this tag, by weak comparison (RFC 9110 section
  /// 13.1.2).
  public boolean matches(List<String> ifNoneMatch) {
    for (String value : ifNoneMatch) {
      for (String candidate : value.split(",", -1)) {
        var tag = candidate.trim();
        if (tag.equals("*") || tag.equals(text) || tag.equals("W/" + text)) {
          return true;
        }
      }
    }
    return false;
  }

  @Override
  public String toString() {
    return text;
  }
}
