package dev.backlane.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.ProblemType;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Checks `docs/problems.md`: each problem type has a section, whose anchor is the last segment of
/// the type's URI, and a row in the table.
final class ProblemsPageTest {
  private static final Pattern SECTION =
      Pattern.compile("^## (.+)\n(\\d{3})\\. (.+)\n\n", Pattern.MULTILINE);
  private static final Pattern ROW =
      Pattern.compile("^\\| \\[(.+)]\\(#(.+)\\) \\| (\\d{3}) \\|", Pattern.MULTILINE);

  @Test
  void everyProblemTypeHasASection() throws IOException {
    var sections =
        SECTION
            .matcher(page())
            .results()
            .map(found -> found.group(1) + " " + found.group(2) + " " + found.group(3))
            .toList();

    assertThat(sections)
        .containsExactlyInAnyOrderElementsOf(
            types().map(type -> type.slug() + " " + type.status() + " " + type.meaning()).toList());
  }

  @Test
  void theTableLinksToEverySection() throws IOException {
    var rows = new ArrayList<String>();
    var statuses = new ArrayList<Integer>();
    ROW.matcher(page())
        .results()
        .forEach(found -> {
          assertThat(found.group(2)).isEqualTo(found.group(1));
          rows.add(found.group(1) + " " + found.group(3));
          statuses.add(Integer.valueOf(found.group(3)));
        });

    assertThat(rows).containsExactlyInAnyOrderElementsOf(statusesBySlug());
    assertThat(statuses).isSorted();
  }

  @Test
  void everyTypeUriEndsWithItsAnchor() {
    assertThat(types())
        .allSatisfy(type -> assertThat(type.uri().getPath()).isEqualTo("/problems/" + type.slug()));
  }

  private static List<String> statusesBySlug() {
    return types().map(type -> type.slug() + " " + type.status()).toList();
  }

  private static Stream<ProblemType> types() {
    return Stream.of(ProblemType.values());
  }

  private static String page() throws IOException {
    return Files.readString(Repository.root().resolve("docs/problems.md"));
  }
}
