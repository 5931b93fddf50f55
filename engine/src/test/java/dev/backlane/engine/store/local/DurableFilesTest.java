package dev.backlane.engine.store.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DurableFilesTest {
  /// Modules that store data.
  private static final List<String> MODULES =
      List.of("engine", "gateway", "app", "store-rocksdb", "store-postgres");

  private static final Pattern NOT_DURABLE =
      Pattern.compile(
          "(?<!Durable)Files\\.(move|createDirectory|createDirectories|write|writeString|copy)\\(");

  /// Files that may use these methods: the class itself, and a copy whose folders are flushed
  /// afterwards.
  private static final Set<String> EXCEPT = Set.of("DurableFiles.java", "StoreCopy.java");

  @TempDir Path folder;

  @Test
  void replacesAFileInOneStep() throws Exception {
    var created = folder.resolve("a/b");
    var file = created.resolve("file");
    DurableFiles.createDirectories(created);
    DurableFiles.write(file, new byte[] {1, 2});
    DurableFiles.write(file, new byte[] {3});
    assertThat(file).hasBinaryContent(new byte[] {3});
    try (var files = Files.list(created)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void noOtherCodeCreatesOrRenamesFiles() throws Exception {
    for (var module : MODULES) {
      try (var files = Files.walk(Path.of("..", module, "src/main/java"))) {
        assertThat(
                files
                    .filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !EXCEPT.contains(file.getFileName().toString()))
                    .filter(DurableFilesTest::isNotDurable))
            .as("use DurableFiles")
            .isEmpty();
      }
    }
  }

  private static boolean isNotDurable(Path file) {
    try {
      return NOT_DURABLE.matcher(Files.readString(file)).find();
    } catch (IOException unreadable) {
      throw new AssertionError(unreadable);
    }
  }
}
