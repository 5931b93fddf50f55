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

/// Holds every source file to the house style, and the style to planted files that break it.
final class SourceStyleTest {
  @TempDir private Path planted;

  @Test
  void everySourceFileKeepsTheStyle() throws IOException {
    List<Path> sources = SourceStyle.sourcesBelow(Repository.root());

    assertThat(sources).hasSizeGreaterThan(100);
    assertThat(SourceStyle.violations(sources)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "'// TO', 'DO later', leaves work for later",
    "'// FIX', 'ME', leaves work for later",
    "'// XX', 'X', leaves work for later",
    "'@Dis', 'abled', switches a test off",
    "'@Dis', 'abledOnOs(LINUX)', switches a test off",
  })
  void plantedLineBreaksTheStyle(String head, String tail, String violation) throws IOException {
    plant("class Planted {", head + tail, "}");

    assertThat(violations()).singleElement().asString().endsWith("Planted.java:2 " + violation);
  }

  @Test
  void fileOfTheMostLinesKeepsTheStyleAndOneLineMoreBreaksIt() throws IOException {
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
