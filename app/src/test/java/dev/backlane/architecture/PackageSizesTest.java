package dev.backlane.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Checks the size of all packages, and the rule against a planted package that is too large.
final class PackageSizesTest {
  @TempDir private Path root;

  @Test
  void noPackageHasTooManyFiles() throws IOException {
    assertThat(violations(Repository.root())).isEmpty();
  }

  @Test
  void limitsTheFilesOfAPackage() throws IOException {
    for (int i = 1; i <= PackageSizes.FILES_MAX; i++) {
      plant("module/src/main/java/a", "Planted" + i);
      plant("module/src/test/java/a", "Planted" + i + "Test");
      plant("module/src/main/java/a/b", "Planted" + i);
    }
    assertThat(violations(root)).isEmpty();

    plant("module/src/main/java/a", "OneMore");
    assertThat(violations(root))
        .singleElement()
        .asString()
        .endsWith("module/src/main/java/a has 21 files, at most 20");
  }

  private static List<String> violations(Path directory) throws IOException {
    return PackageSizes.violations(SourceStyle.sourcesBelow(directory));
  }

  private void plant(String folder, String type) throws IOException {
    Path directory = Files.createDirectories(root.resolve(folder));
    Files.writeString(directory.resolve(type + ".java"), "class " + type + " {}");
  }
}
