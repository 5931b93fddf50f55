package dev.backlane.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.architecture.Wording.Violation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Checks the language of the repository, and the rules against planted text that violates them.
final class WordingTest {
  private static final List<String> BANS = List.of("planted|plants => sown", "banned words => ban");
  private static final List<String> EXEMPTIONS =
      List.of("docs/allowed.md => planted by RFC 1 => quotes the RFC");

  @TempDir private Path root;

  @Test
  void theRepositoryFollowsTheLanguageRules() throws IOException {
    Path repository = Repository.root();
    List<Path> files = Wording.filesBelow(repository);

    assertThat(files)
        .hasSizeGreaterThan(500)
        .contains(
            repository.resolve("backlane"),
            repository.resolve("README.md"),
            repository.resolve(".ci/run"),
            repository.resolve("compose.yaml"),
            repository.resolve("scripts/install-packages"));
    assertThat(Wording.of(repository).violations(repository)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a planted word",
        "Planted at the start",
        "String plantedWord;",
        "String thisPlants;",
        "int PLANTED_WORDS_MAX = 1;",
        "two banned words in a row",
        "var bannedWords = 1;",
      })
  void findsAPlantedWord(String line) throws IOException {
    plant("module/src/main/java/Some.java", "class Some {", line, "}");

    assertThat(violations())
        .singleElement()
        .satisfies(found -> assertThat(found.line()).isEqualTo(2))
        .asString()
        .contains("is banned; write: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"transplanted", "an implant", "planting", "banned", "words"})
  void ignoresOtherWords(String line) throws IOException {
    plant("docs/page.md", line);

    assertThat(violations()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "README.md",
        "docs/page.md",
        ".github/workflows/ci.yml",
        "module/src/main/resources/V1__tables.sql",
        "module/src/main/resources/page.html",
        "module/src/main/resources/openapi.json",
        "module/src/test/java/Some.java",
        "pom.xml",
        "backlane",
        "scripts/install",
        ".ci/run",
      })
  void readsAllKindsOfText(String file) throws IOException {
    plant(file, "planted");

    assertThat(violations()).extracting(Violation::file).containsExactly(Path.of(file));
  }

  @ParameterizedTest
  @ValueSource(strings = {"module/target/page.md", ".git/config.md", "mvnw", "LICENSE", "logo.png"})
  void ignoresBuildOutputAndForeignText(String file) throws IOException {
    plant(file, "planted");

    assertThat(violations()).isEmpty();
  }

  @Test
  void acceptsOnlyTheExactExemption() throws IOException {
    plant("docs/allowed.md", "planted by RFC 1", "planted by hand");
    plant("docs/other.md", "planted by RFC 1");

    assertThat(violations())
        .extracting(found -> found.file() + ":" + found.line())
        .containsExactly("docs/allowed.md:2", "docs/other.md:1");
  }

  @Test
  void limitsTheWidthOfComments() throws IOException {
    var widest = "/// " + "x".repeat(Wording.COMMENT_COLUMNS_MAX - 4);
    plant("src/A.java", widest, widest + "x", "  // " + "x".repeat(96), "var x = \"" + widest);

    assertThat(violations())
        .extracting(Violation::toString)
        .containsExactly(
            "src/A.java:2 comment of 101 columns, at most 100",
            "src/A.java:3 comment of 101 columns, at most 100");
  }

  @Test
  void limitsTheLengthOfTestNames() throws IOException {
    var longest = "n".repeat(Wording.TEST_NAME_CHARS_MAX);
    plant("src/A.java", "void " + longest + "() {}", "void " + longest + "n() {}");

    assertThat(violations())
        .extracting(Violation::toString)
        .containsExactly("src/A.java:2 method name of 61 characters, at most 60");
  }

  @ParameterizedTest
  @MethodSource("repositoryBans")
  void everyBanOfTheRepositoryHasAReplacement(String ban) {
    assertThat(ban.split(" => ", -1)).hasSize(2).allSatisfy(part -> assertThat(part).isNotBlank());
  }

  static Stream<String> repositoryBans() throws IOException {
    return Wording.listed(Repository.root(), "banned-words.txt").stream()
        .filter(line -> !line.isBlank() && !line.startsWith("#"));
  }

  @Test
  void everyExemptionOfTheRepositoryIsNeeded() throws IOException {
    var lines = Wording.listed(Repository.root(), "allowed-words.txt");
    var files = Wording.filesBelow(Repository.root());
    for (String line : lines) {
      if (!line.isBlank() && !line.startsWith("#")) {
        String[] columns = line.split(" => ", -1);
        assertThat(files)
            .as(line)
            .anySatisfy(file -> assertThat(file.toString()).endsWith(columns[0]))
            .filteredOn(file -> file.toString().endsWith(columns[0]))
            .anySatisfy(file -> assertThat(file).content().contains(columns[1]));
      }
    }
  }

  @Test
  void refusesAMalformedList() {
    assertThatThrownBy(() -> new Wording(List.of("word without replacement"), List.of()))
        .hasMessageContaining("2 columns");
    assertThatThrownBy(() -> new Wording(List.of(), List.of("path => text")))
        .hasMessageContaining("3 columns");
  }

  private List<Violation> violations() throws IOException {
    return new Wording(BANS, EXEMPTIONS).violations(root);
  }

  private void plant(String file, String... lines) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.write(path, List.of(lines));
  }
}
