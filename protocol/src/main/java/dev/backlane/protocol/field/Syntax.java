package dev.backlane.protocol.field;

/// Lexical rules of HTTP header fields (RFC 9110 section 5.6).
public final class Syntax {
  private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

  private Syntax() {}

  /// Removes optional white space (space and tab) from both ends.
  public static String trimOws(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && isOws(text.charAt(from))) {
      from++;
    }
    while (to > from && isOws(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }

  public static boolean isOws(char c) {
    return c == ' ' || c == '\t';
  }

  public static boolean isToken(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> isTokenChar((char) c));
  }

  public static boolean isTokenChar(char c) {
    return isLetterOrDigit(c) || TOKEN_MARKS.indexOf(c) >= 0;
  }

  /// Whether this is an ASCII letter or digit.
  public static boolean isLetterOrDigit(char c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
  }

  /// A field's name as CGI and its successors (WSGI, Rack, PHP, servlets behind FastCGI) compare
  /// it: they pass a field to a program as a variable in which `-` and other marks are `_` (RFC
  /// 3875 section 4.1.18), so that `X_Forwarded_For` and `X-Forwarded-For` are the same variable.
  /// Returned in lower case, with `-` for every mark.
  public static String variable(String name) {
    var variable = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      char each = name.charAt(i);
      variable.append(isLetterOrDigit(each) ? Character.toLowerCase(each) : '-');
    }
    return variable.toString();
  }
}
