package dev.backlane.system.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.GatewayProcess;
import dev.backlane.system.support.TestGateway;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// CONTRACT 3: the commands other than serve.
@Timeout(60)
final class CommandsTest {
  @TempDir private static Path folder;

  @RegisterExtension static final TestGateway gateway = TestGateway.with("");

  @Nested
  final class CheckConfig {
    @Test
    @DisplayName("check-config reports all problems at once, in the file's order, and exits with 2")
    void reportsAllProblems() throws Exception {
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
      var keys = List.of("server.prot", "upstream.url", "auth.mode", "execution.concurrency");
      for (int i = 0; i < keys.size(); i++) {
        assertThat(ended.err().get(i))
            .startsWith(file + ":" + (i + 1) + ":")
            .contains(keys.get(i) + ": ")
            .contains("; ");
      }
    }

    @Test
    @DisplayName("check-config prints ok, exits with 0, and starts nothing")
    void acceptsValidFile() throws Exception {
      var ended = GatewayProcess.run("check-config", gateway.configFile().toString());
      assertThat(ended.exitCode()).isZero();
      assertThat(ended.out()).containsExactly(gateway.configFile() + ": ok");
      assertThat(ended.err()).isEmpty();
    }
  }

  @Nested
  final class Usage {
    @Test
    @DisplayName("check-config without a file is wrong usage")
    void refusesCheckConfigWithoutFile() throws Exception {
      GatewayProcess.run("check-config")
          .assertRefused("name a file, such as backlane.yaml", "see backlane check-config --help");
    }

    @Test
    @DisplayName("an unknown command is wrong usage")
    void refusesUnknownCommand() throws Exception {
      GatewayProcess.run("sevre").assertRefused("did you mean 'serve'? See backlane --help");
    }

    @Test
    @DisplayName("a missing command is wrong usage")
    void refusesMissingCommand() throws Exception {
      GatewayProcess.run().assertRefused("name a command, such as serve");
    }

    @Test
    @DisplayName("--version prints the version on standard output and exits with 0")
    void printsVersion() throws Exception {
      var ended = GatewayProcess.run("--version");
      assertThat(ended.exitCode()).isZero();
      assertThat(ended.out()).hasSize(1);
      assertThat(ended.out().getFirst()).matches("backlane \\d+\\.\\d+\\.\\d+\\S* \\(Java 25.*\\)");
      assertThat(ended.err()).isEmpty();
    }

    @Test
    @DisplayName("--help lists the commands and exits with 0")
    void printsCommands() throws Exception {
      assertHelp("serve", "--help");
    }

    @Test
    @DisplayName("serve --help lists the settings and exits with 0")
    void printsSettings() throws Exception {
      assertHelp("--server.port", "serve", "--help");
    }

    @Test
    @DisplayName("check-config --help describes its output and exits with 0")
    void printsHelpOfCheckConfig() throws Exception {
      assertHelp("FILE: ok", "check-config", "--help");
    }
  }

  private static void assertHelp(String named, String... arguments) {
    var ended = GatewayProcess.run(arguments);
    assertThat(ended.exitCode()).isZero();
    assertThat(ended.err()).isEmpty();
    assertThat(String.join("\n", ended.out())).contains(named);
  }
}
