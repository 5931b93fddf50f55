package dev.backlane.gateway.dashboard.page;

import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.gateway.http.ProblemException;
import java.util.Optional;

/// One entry of the navigation with all pages below it. Thread-safe.
public interface Page {
  /// What is shown at a path.
  ///
  /// @throws ProblemException if there is no such page, or its query is malformed
  View view(Visit visit);

  /// The stored content that a path is the file of; empty if it is that of a page.
  ///
  /// @throws ProblemException 404 if there is none
  default Optional<Download> download(Visit visit) {
    return Optional.empty();
  }

  /// Whether a path below this entry is that of a form.
  default boolean acts(Visit visit) {
    return false;
  }

  /// Carries out a form whose path this [#acts] on.
  ///
  /// @throws ProblemException if it cannot be carried out
  default Outcome act(Form form) {
    throw Visit.unknown();
  }

  /// A stored content that the browser saves as a file.
  ///
  /// @param name of the file
  record Download(StoredContent content, String name) {}

  /// What a browser gets after a form.
  sealed interface Outcome {}

  /// The browser loads another page.
  ///
  /// @param location path and query
  record Redirect(String location) implements Outcome {}

  /// The response is a page, for what must be shown once and not be loaded again.
  record Shown(View view) implements Outcome {}
}
