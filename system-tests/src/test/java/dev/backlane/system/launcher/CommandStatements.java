package dev.backlane.system.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.GatewayProcess;
import dev.backlane.system.support.GatewayProcess.Ended;
import dev.backlane.system.support.Statement;
import dev.backlane.system.support.TestGateway;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// CONTRACT 3: the commands that end by themselves.
public final class CommandStatements {
  private final Path folder;
  private final TestGateway stand;

  /// @param folder for files
  CommandStatements(Path folder, TestGateway stand) {
    this.folder = folder;
    this.stand = stand;
  }

  List<Statement> rows() {
    var rows = new ArrayList<Statement>();
    rows.addAll(checks());
    rows.addAll(usage());
    return rows;
  }

  private List<Statement> checks() {
    return List.of(
        new Statement(
            "check-config shows all problems at once, in the file's order, and ends with 2",
            () -> {
              var file =
                  Files.writeString(
                      folder.resolve("four-problems.yaml"),
                      """
                      server: { prot: 1 }
                      upstream: { url: "ftp://x" }
                      auth: { mode: maybe }
                      execution: { concurrency: 0 }
                      """);
              var ended = GatewayProcess.run("check-config", file.toString());
              assertThat(ended.exitCode()).isEqualTo(2);
              assertThat(ended.out()).isEmpty();
              assertThat(ended.err()).hasSize(4);
              var keys =
                  List.of("server.prot", "upstream.url", "auth.mode", "execution.concurrency");
              for (int i = 0; i < keys.size(); i++) {
                assertThat(ended.err().get(i))
                    .startsWith(file + ":" + (i + 1) + ":")
                    .contains(keys.get(i) + ": ")
                    .contains("; ");
              }
            }),
        new Statement(
            "check-config says ok and ends with 0, and starts nothing",
            () -> {
              var ended = GatewayProcess.run("check-config", stand.configFile().toString());
              assertThat(ended.exitCode()).isZero();
              assertThat(ended.out()).containsExactly(stand.configFile() + ": ok");
              assertThat(ended.err()).isEmpty();
            }));
  }

  private static List<Statement> usage() {
    return List.of(
        new Statement(
            "check-config without a file is wrong usage",
            () ->
                refused(
                    GatewayProcess.run("check-config"),
                    "FILE",
                    "see backlane check-config --help")),
        new Statement(
            "an unknown command is wrong usage",
            () -> refused(GatewayProcess.run("sevre"), "sevre", "see backlane --help")),
        new Statement(
            "no command is wrong usage",
            () -> refused(GatewayProcess.run(), "name a command, such as serve")),
        new Statement(
            "--version tells the version on standard output and ends with 0",
            () -> {
              var ended = GatewayProcess.run("--version");
              assertThat(ended.exitCode()).isZero();
              assertThat(ended.out()).hasSize(1);
              assertThat(ended.out().getFirst())
                  .matches("backlane \\d+\\.\\d+\\.\\d+\\S* \\(Java 25.*\\)");
              assertThat(ended.err()).isEmpty();
            }),
        new Statement("--help names the commands and ends with 0", () -> helps("serve", "--help")),
        new Statement(
            "serve --help names the settings and ends with 0",
            () -> helps("--server.port", "serve", "--help")),
        new Statement(
            "check-config --help tells what it prints and ends with 0",
            () -> helps("FILE: ok", "check-config", "--help")));
  }

  /// Exit code 2, and one readable line that names what is wrong and the mend.
  public static void refused(Ended ended, String... told) {
    assertThat(ended.exitCode()).as(ended.toString()).isEqualTo(2);
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err()).noneMatch(line -> line.contains("Exception") || line.contains("\tat "));
    var lines = ended.err().stream().filter(line -> !line.contains(" INFO ")).toList();
    assertThat(lines).hasSize(1);
    assertThat(lines.getFirst()).contains(Arrays.asList(told));
  }

  private static void helps(String named, String... arguments) {
    var ended = GatewayProcess.run(arguments);
    assertThat(ended.exitCode()).isZero();
    assertThat(ended.err()).isEmpty();
    assertThat(String.join("\n", ended.out())).contains(named);
  }
}
