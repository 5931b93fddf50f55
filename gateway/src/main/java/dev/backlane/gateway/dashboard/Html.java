package dev.backlane.gateway.dashboard;

import java.util.Collection;
import java.util.stream.Collectors;

/// A piece of HTML. Text from outside enters it through [#text] only, which escapes all markup.
/// Immutable.
///
/// @param markup safe to be put into a page
record Html(String markup) {
  static final Html NOTHING = new Html("");

  /// Any text, escaped for an element's content or a quoted attribute.
  static Html text(Object text) {
    var escaped = new StringBuilder();
    String.valueOf(text)
        .chars()
        .forEach(c -> {
          switch (c) {
            case '&' -> escaped.append("&amp;");
            case '<' -> escaped.append("&lt;");
            case '>' -> escaped.append("&gt;");
            case '"' -> escaped.append("&quot;");
            case '\'' -> escaped.append("&#39;");
            default -> escaped.append((char) c);
          }
        });
    return new Html(escaped.toString());
  }

  /// Trusted markup, with a piece for each `%s`; pieces that are not HTML are escaped.
  static Html of(String markup, Object... pieces) {
    var safe = new Object[pieces.length];
    for (int i = 0; i < pieces.length; i++) {
      safe[i] = pieces[i] instanceof Html html ? html.markup() : text(pieces[i]).markup();
    }
    return new Html(markup.formatted(safe));
  }

  static Html all(Collection<Html> pieces) {
    return new Html(pieces.stream().map(Html::markup).collect(Collectors.joining()));
  }

  /// The markup.
  @Override
  public String toString() {
    return markup;
  }
}
