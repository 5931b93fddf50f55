package dev.backlane.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Checks the pages of the repository: the configurations are valid, the links have a target, and
/// the commands exist.
final class DocumentsTest {
  private static final Pattern YAML = Pattern.compile("```yaml\\n(.*?)```", Pattern.DOTALL);
  private static final Pattern LINK =
      Pattern.compile("\\]\\((?!https?:|mailto:)([^)#\\s]*)(#[^)\\s]*)?\\)");
  private static final Pattern COMMAND = Pattern.compile("\\./backlane ([a-z][a-z-]*)");

  /// Commands that the launcher script implements itself.
  private static final List<String> OF_THE_LAUNCHER = List.of("test", "benchmark");

  @TempDir private Path folder;

  @Test
  void acceptsEveryConfigurationOfThePages() throws IOException {
    var shown = new ArrayList<String>();
    for (Path page : pages()) {
      YAML.matcher(Files.readString(page)).results().forEach(found -> shown.add(found.group(1)));
    }
    assertThat(shown).isNotEmpty();
    for (String yaml : shown) {
      Path file = Files.writeString(folder.resolve("backlane.yaml"), yaml);
      var err = new StringWriter();
      assertThat(run(err, "check-config", file.toString())).as("%s%n%s", err, yaml).isZero();
    }
  }

  @Test
  void detectsAnInvalidConfiguration() throws IOException {
    Path file = Files.writeString(folder.resolve("backlane.yaml"), "server: { prot: 8080 }\n");
    assertThat(run(new StringWriter(), "check-config", file.toString())).isEqualTo(2);
  }

  @Test
  void everyRelativeLinkHasATarget() throws IOException {
    var broken = new ArrayList<String>();
    for (Path page : pages()) {
      for (var link : LINK.matcher(Files.readString(page)).results().toList()) {
        if (!link.group(1).isEmpty() && !Files.exists(page.resolveSibling(link.group(1)))) {
          broken.add(page + " -> " + link.group(1));
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  @Test
  void everyCommandOfThePagesExists() throws IOException {
    for (Path page : pages()) {
      for (var found : COMMAND.matcher(Files.readString(page)).results().toList()) {
        String command = found.group(1);
        if (!OF_THE_LAUNCHER.contains(command)) {
          assertThat(usage(command)).as("%s", page).contains("Usage: backlane " + command + " ");
        }
      }
    }
    assertThat(usage("no-such-command")).doesNotContain("Usage: backlane no-such-command");
  }

  private static String usage(String command) {
    var out = new StringWriter();
    run(out, new StringWriter(), command, "--help");
    return out.toString();
  }

  private static int run(StringWriter err, String... args) {
    return run(new StringWriter(), err, args);
  }

  private static int run(StringWriter out, StringWriter err, String... args) {
    return new Commands(
            Map.of(),
            _ -> {
              throw new IllegalStateException("these commands do not start a gateway");
            },
            () -> {},
            new PrintWriter(out, true),
            new PrintWriter(err, true))
        .run(args);
  }

  private static List<Path> pages() throws IOException {
    Path root = root();
    try (Stream<Path> top = Files.list(root);
        Stream<Path> docs = Files.walk(root.resolve("docs"));
        Stream<Path> examples = Files.list(root.resolve("examples"))) {
      return Stream.of(top, docs, examples)
          .flatMap(files -> files)
          .filter(page -> page.toString().endsWith(".md"))
          .toList();
    }
  }

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("CONTRIBUTING.md"))) {
      folder = Objects.requireNonNull(folder.getParent());
    }
    return folder;
  }
}
