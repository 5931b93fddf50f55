package dev.backlane.architecture;

import java.nio.file.Files;
import java.nio.file.Path;

/// Finds the root directory of the repository.
final class Repository {
  private Repository() {}

  static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isRegularFile(folder.resolve("backlane"))) {
      var parent = folder.getParent();
      if (parent == null) {
        throw new IllegalStateException("the tests do not run within the repository");
      }
      folder = parent;
    }
    return folder;
  }
}
