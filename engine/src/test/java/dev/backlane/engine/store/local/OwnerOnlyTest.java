package dev.backlane.engine.store.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OwnerOnlyTest {
  @TempDir private Path folder;

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  private static void permit(Path path, String permissions) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }

  @ParameterizedTest
  @CsvSource({
    "rwxrwxrwx, rwx------",
    "rwxr-x---, rwx------",
    "rwx--x--x, rwx------",
    "r-xr-xr-x, r-x------",
    "rwx------, rwx------"
  })
  void takesADirectoryFromOthers(String before, String after) throws Exception {
    var directory = Files.createDirectory(folder.resolve("data"));
    permit(directory, before);
    OwnerOnly.restrictDirectory(directory);
    assertThat(permissions(directory)).isEqualTo(after);
  }

  @ParameterizedTest
  @CsvSource({"rw-r--r--, rw-------", "rw-rw-rw-, rw-------", "r--r--r--, r--------"})
  void takesAFileFromOthers(String before, String after) throws Exception {
    var file = Files.createFile(folder.resolve("audit.jsonl"));
    permit(file, before);
    OwnerOnly.restrictFile(file);
    assertThat(permissions(file)).isEqualTo(after);
  }

  @Test
  void replacedFilesAreForTheirOwner() throws Exception {
    var file = Files.createFile(folder.resolve("content"));
    permit(file, "rw-r--r--");
    DurableFiles.write(file, new byte[10]);
    assertThat(permissions(file)).isEqualTo("rw-------");
  }
}
