package dev.backlane.protocol.field;

import java.util.ArrayList;
import java.util.List;

/// Header fields whose value is a list with commas, in which quoted strings may contain them (RFC
/// 9110 section 5.6). Stateless.
public final class ListField {
  private ListField() {}

  /// The members of all fields of one name, in order, without the white space around them. Empty
  /// members are ignored (RFC 9110 section 5.6.1.2).
  public static List<String> members(List<String> values) {
    List<String> members = new ArrayList<>();
    for (String value : values) {
      for (String part : split(value, ',')) {
        String member = Syntax.trimOws(part);
        if (!member.isEmpty()) {
          members.add(member);
        }
      }
    }
    return members;
  }

  /// Splits at separators outside quoted strings; returns at least one part.
  public static List<String> split(String text, char separator) {
    List<String> parts = new ArrayList<>();
    boolean quoted = false;
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == '\\' && quoted) {
        i++;
      } else if (c == separator && !quoted) {
        parts.add(text.substring(from, i));
        from = i + 1;
      }
    }
    parts.add(text.substring(from));
    return parts;
  }

  /// The text of a quoted string; any other value as it is.
  public static String unquoted(String value) {
    if (value.length() < 2 || value.charAt(0) != '"' || value.charAt(value.length() - 1) != '"') {
      return value;
    }
    StringBuilder text = new StringBuilder();
    for (int i = 1; i < value.length() - 1; i++) {
      if (value.charAt(i) == '\\' && i + 1 < value.length() - 1) {
        i++;
      }
      text.append(value.charAt(i));
    }
    return text.toString();
  }
}
