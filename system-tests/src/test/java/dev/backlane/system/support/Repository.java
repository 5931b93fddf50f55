package dev.backlane.system.support;

import java.nio.file.Files;
import java.nio.file.Path;

/// The repository whose build is tested.
public final class Repository {
  private Repository() {}

  public static Path root() {
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

  /// The jar of the program.
  public static Path jar() {
    var jar = root().resolve("app/target/backlane.jar");
    if (!Files.isRegularFile(jar)) {
      throw new IllegalStateException(jar + " is not built; run ./backlane test");
    }
    return jar;
  }
}
