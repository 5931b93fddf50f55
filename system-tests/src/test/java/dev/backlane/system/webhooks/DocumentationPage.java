package dev.backlane.system.webhooks;

import dev.backlane.system.support.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.util.regex.Pattern;

/// A page of the documentation, whose examples tests run unchanged. Immutable.
///
/// @param text the complete page
record DocumentationPage(String text) {
  /// @param name such as `webhooks.md`
  static DocumentationPage of(String name) throws IOException {
    return new DocumentationPage(Files.readString(Repository.root().resolve("docs").resolve(name)));
  }

  /// The first block of code in a language.
  String block(String language) {
    var found =
        Pattern.compile("^```" + language + "\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE)
            .matcher(text);
    if (!found.find()) {
      throw new AssertionError("the page has no block of " + language);
    }
    return found.group(1);
  }
}
