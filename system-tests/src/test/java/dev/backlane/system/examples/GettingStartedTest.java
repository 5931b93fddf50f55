package dev.backlane.system.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.DocumentationPage;
import dev.backlane.system.support.ExternalProgram;
import dev.backlane.system.support.GatewayProcess;
import dev.backlane.system.support.RecordingApi;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The commands of `docs/getting-started.md`, run as a reader would run them. Only the addresses
/// are replaced.
@Timeout(120)
final class GettingStartedTest {
  private static final String SERVE = "./backlane serve ";
  private static final String GATEWAY = "http://127.0.0.1:8080";
  private static final String UPSTREAM = "http://127.0.0.1:9000";
  private static final String CATCHER = "http://127.0.0.1:9100/";
  private static final Pattern PRINTED_CATCHER = Pattern.compile("^ *webhooks +(\\S+)");
  private static final Duration NOTIFICATION_MAX = Duration.ofSeconds(20);

  @TempDir private Path folder;

  @Test
  void commandsMakeABackgroundCall() throws Exception {
    var page = DocumentationPage.of("getting-started.md");
    var blocks = page.blocks("sh");
    Toolchains.writeLauncher(folder);
    Files.writeString(folder.resolve("backlane.yaml"), page.block("yaml"));
    try (var api = new RecordingApi();
        var gateway = served(blocks.getFirst(), api)) {
      api.on("/", RecordingApi.responding(200, "the response of the API\n"));

      var rest = String.join("\n", blocks.subList(1, blocks.size()));
      assertThat(rest).contains(GATEWAY, CATCHER);
      Files.writeString(
          folder.resolve("page.sh"),
          "set -euo pipefail\n"
              + rest.replace(GATEWAY, gateway.url().toString()).replace(CATCHER, catcher(gateway)));
      var ended =
          ExternalProgram.start(
                  List.of("bash", "page.sh"),
                  folder,
                  Map.of(
                      "PATH",
                      System.getenv("PATH"),
                      "HOME",
                      folder.toString(),
                      "BACKLANE_SERVER",
                      gateway.url().toString()))
              .awaitEnd();

      assertThat(ended.exitCode()).as("%s", ended).isZero();
      assertThat(String.join("\n", ended.out()))
          .as("proxied, accepted, and the content of the second operation")
          .containsPattern(
              "(?s)^HTTP/1.1 200 .*the response of the API\n.*HTTP/1.1 202 .*Location: .*\\}\\s*"
                  + "the response of the API\n.*HTTP/1.1 202 ");
      Deadline.within(
          NOTIFICATION_MAX,
          "all calls arrive, and the catcher prints the notification",
          () -> api.received("/").size() == 4 && gateway.lineWith("verified").isPresent());
    }
  }

  private static String catcher(GatewayProcess gateway) throws Exception {
    Deadline.within(
        NOTIFICATION_MAX,
        "the addresses are printed",
        () -> gateway.lines().stream().anyMatch(PRINTED_CATCHER.asPredicate()));
    return gateway.lines().stream()
        .flatMap(line -> PRINTED_CATCHER.matcher(line).results())
        .map(found -> found.group(1))
        .findFirst()
        .orElseThrow();
  }

  private GatewayProcess served(String command, RecordingApi api) {
    assertThat(command).startsWith(SERVE).contains(UPSTREAM);
    var arguments =
        new ArrayList<>(
            List.of(
                command
                    .substring(SERVE.length())
                    .strip()
                    .replace(UPSTREAM, api.url().toString())
                    .split(" ", -1)));
    arguments.addAll(List.of("--port", "0"));
    return GatewayProcess.serve(
        Map.of("HOME", folder.toString()), List.of(), arguments.toArray(String[]::new));
  }
}
