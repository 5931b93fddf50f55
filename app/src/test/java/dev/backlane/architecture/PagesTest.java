package dev.backlane.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Checks the pages of `docs/` against the repository: decisions are complete and indexed, terms
/// are defined once, and the tests that guarantees refer to exist.
final class PagesTest {
  private static final Path DOCS = Repository.root().resolve("docs");
  private static final Pattern TEST = Pattern.compile("`(\\w+Test)`");
  private static final Pattern TERM = Pattern.compile("^\\| ([^|]+) \\|.*", Pattern.MULTILINE);
  private static final Pattern STATUS =
      Pattern.compile("^\\| Status \\| (Proposed|Accepted|Superseded by ADR \\d+)");

  @Test
  void everyDecisionIsCompleteAndIndexed() throws IOException {
    var index = Files.readString(DOCS.resolve("adr/README.md"));
    List<Path> decisions;
    try (Stream<Path> files = Files.list(DOCS.resolve("adr"))) {
      decisions = files.filter(file -> name(file).matches("\\d{4}-.*\\.md")).sorted().toList();
    }
    assertThat(decisions).hasSizeGreaterThan(10);
    for (Path decision : decisions) {
      var text = Files.readString(decision);
      assertThat(text)
          .as(name(decision))
          .containsPattern(Pattern.compile(STATUS.pattern(), Pattern.MULTILINE))
          .containsPattern("\\| Date \\| \\d{4}-\\d{2}-\\d{2} \\|")
          .contains("## Context\n", "## Alternatives\n", "## Decision\n", "## Consequences\n");
      assertThat(index).contains("](" + name(decision) + ") | " + title(text) + " | ");
    }
  }

  @Test
  void theGlossaryDefinesEachTermOnce() throws IOException {
    var terms =
        TERM.matcher(Files.readString(DOCS.resolve("glossary.md")))
            .results()
            .map(found -> found.group(1))
            .filter(term -> !term.equals("term") && !term.startsWith("-"))
            .toList();

    assertThat(terms)
        .doesNotHaveDuplicates()
        .contains(
            "operation", "attempt", "upstream", "node", "lease", "heartbeat", "expiry", "takeover")
        .contains("queue", "queue entry", "permit", "verdict", "content", "subscription")
        .contains("delivery", "tenant", "envelope encryption", "data key", "master key")
        .contains("idempotency key", "retention", "prune", "circuit breaker", "drain", "in flight")
        .contains("outcome unknown");
  }

  @Test
  void everyTestThatAPageNamesExists() throws IOException {
    Set<String> tests =
        SourceStyle.sourcesBelow(Repository.root()).stream()
            .map(file -> name(file).replace(".java", ""))
            .collect(Collectors.toSet());
    for (var page : List.of("guarantees.md", "security.md", "state-machine.md", "development.md")) {
      var named =
          TEST.matcher(Files.readString(DOCS.resolve(page)))
              .results()
              .map(found -> found.group(1))
              .toList();
      assertThat(named).as(page).isNotEmpty().allMatch(tests::contains);
    }
  }

  private static String title(String text) {
    return text.lines().findFirst().orElseThrow().replaceFirst("# \\d+\\. ", "");
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }
}
