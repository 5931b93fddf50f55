package dev.backlane.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Checks all source files against the style rules, and the rules against planted violations.
final class SourceStyleTest {
  @TempDir private Path planted;

  @Test
  void allSourceFilesFollowTheStyle() throws IOException {
    List<Path> sources = SourceStyle.sourcesBelow(Repository.root());

    assertThat(sources).hasSizeGreaterThan(100);
    assertThat(SourceStyle.violations(sources)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "'// TO', 'DO later', contains unfinished work",
    "'// FIX', 'ME', contains unfinished work",
    "'// XX', 'X', contains unfinished work",
    "'@Dis', 'abled', disables a test",
    "'@Dis', 'abledOnOs(LINUX)', disables a test",
  })
  void findsAPlantedLine(String head, String tail, String violation) throws IOException {
    plant("class Planted {", head + tail, "}");

    assertThat(violations()).singleElement().asString().endsWith("Planted.java:2 " + violation);
  }

  @Test
  void limitsTheLinesOfAFile() throws IOException {
    plant(lines(SourceStyle.FILE_LINES_MAX));
    assertThat(violations()).isEmpty();

    plant(lines(SourceStyle.FILE_LINES_MAX + 1));
    assertThat(violations()).singleElement().asString().endsWith("has 451 lines, at most 450");
  }

  private List<String> violations() throws IOException {
    return SourceStyle.violations(SourceStyle.sourcesBelow(planted));
  }

  private void plant(String... lines) throws IOException {
    Path folder = Files.createDirectories(planted.resolve("module/src/main/java"));
    Files.write(folder.resolve("Planted.java"), List.of(lines));
  }

  private static String[] lines(int count) {
    return "// line\n".repeat(count).split("\n");
  }
}
