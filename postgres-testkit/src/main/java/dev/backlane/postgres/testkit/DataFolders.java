package dev.backlane.postgres.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;

/// Copies and deletes data folders of servers that are not running. Stateless.
final class DataFolders {
  private DataFolders() {}

  /// Copies a folder recursively, including permissions, which PostgreSQL checks.
  ///
  /// @param to must not exist
  static void copy(Path from, Path to) {
    try (var files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
      }
    } catch (IOException refused) {
      throw new UncheckedIOException(from + " cannot be copied", refused);
    }
  }

  static void delete(Path folder) {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException refused) {
      throw new UncheckedIOException(folder + " cannot be removed", refused);
    }
  }
}
