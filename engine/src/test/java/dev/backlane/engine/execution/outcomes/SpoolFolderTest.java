package dev.backlane.engine.execution.outcomes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the folders of processes change in the spool directory.
final class SpoolFolderTest {
  private static final String OPEN = "rwxr-xr-x";
  private static final String PRIVATE = "rwx------";

  @TempDir private Path directory;

  @BeforeEach
  void open() throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(OPEN));
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void restrictsADirectoryOfItsOwn() throws Exception {
    try (var first = SpoolFolder.create(directory)) {
      assertThat(permissions(directory)).isEqualTo(PRIVATE);
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(OPEN));
      try (var _ = SpoolFolder.create(directory)) {
        assertThat(permissions(directory)).as("beside another process").isEqualTo(PRIVATE);
      }
      assertThat(permissions(first.path())).isEqualTo(PRIVATE);
    }
  }

  @Test
  void keepsThePermissionsOfADirectoryThatOthersUse() throws Exception {
    Files.createFile(directory.resolve("of-another-program"));
    try (var own = SpoolFolder.create(directory)) {
      assertThat(permissions(directory)).isEqualTo(OPEN);
      assertThat(permissions(own.path())).isEqualTo(PRIVATE);
    }
  }

  @Test
  void doesNotAdoptFoldersOfOtherPrograms() throws Exception {
    var other = Files.createDirectory(directory.resolve("of-another-program"));
    Files.createFile(other.resolve("lock"));
    try (var own = SpoolFolder.create(directory)) {
      assertThat(SpoolFolder.abandoned(directory, own)).isEmpty();
    }
  }
}
