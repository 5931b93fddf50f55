package dev.backlane.system.support;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.Pattern;

/// A page of the documentation, whose examples tests run unchanged. Immutable.
///
/// @param text the complete page
public record DocumentationPage(String text) {
  /// @param name such as `webhooks.md`
  public static DocumentationPage of(String name) throws IOException {
    return new DocumentationPage(Files.readString(Repository.root().resolve("docs").resolve(name)));
  }

  /// The first block of code in a language.
  public String block(String language) {
    return blocks(language).getFirst();
  }

  /// All blocks of code in a language, in the order of the page; at least one.
  public List<String> blocks(String language) {
    var found =
        Pattern.compile("^```" + language + "\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE)
            .matcher(text)
            .results()
            .map(block -> block.group(1))
            .toList();
    if (found.isEmpty()) {
      throw new AssertionError("the page has no block of " + language);
    }
    return found;
  }
}
