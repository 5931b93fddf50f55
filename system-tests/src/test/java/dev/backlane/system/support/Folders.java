package dev.backlane.system.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/// The folders that tests make and remove. Stateless.
public final class Folders {
  private Folders() {}

  /// Removes a folder with all that is in it.
  public static void delete(Path folder) {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException refused) {
      throw new UncheckedIOException(folder + " cannot be removed", refused);
    }
  }
}
