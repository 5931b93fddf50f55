package dev.backlane.engine.execution;

import java.util.regex.Pattern;

/// A pattern of raw paths: `*` stands for any characters within a segment, `**` for any characters at all. Immutable.
public final class PathPattern {
  private final String text;
  private final Pattern pattern;

  private PathPattern(String text, Pattern pattern) {
    this.text = text;
    this.pattern = pattern;
  }

  /// Reads a pattern such as `/invoices/*/release` or `/reports/**`.
  ///
  /// @throws IllegalArgumentException if it does not begin with `/`
  public static PathPattern of(String text) {
    if (!text.startsWith("/")) {
      throw new IllegalArgumentException("a path pattern begins with '/': " + text);
    }
    var regex = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      if (text.startsWith("**", i)) {
        regex.append(".*");
        i++;
      } else if (text.charAt(i) == '*') {
        regex.append("[^/]*");
      } else {
        regex.append(Pattern.quote(text.substring(i, i + 1)));
      }
    }
    return new PathPattern(text, Pattern.compile(regex.toString(), Pattern.DOTALL));
  }

  /// Tells whether a raw path fits as a whole.
  public boolean matches(String path) {
    return pattern.matcher(path).matches();
  }

  /// The pattern as it was written.
  @Override
  public String toString() {
    return text;
  }
}
