package dev.backlane.system.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.protocol.Headers;
import dev.backlane.protocol.Phase;
import dev.backlane.protocol.ProblemType;
import dev.backlane.system.support.DocumentationPage;
import dev.backlane.system.support.ExternalProgram;
import dev.backlane.system.support.GatewayProcess.Ended;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.Repository;
import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The commands and programs of `docs/calling.md`, run against a gateway. Only the addresses, the
/// key and the reference are replaced, so that each language makes a call of its own.
@Timeout(120)
final class CallingPageTest {
  private static final String JOB = "report-2026";
  private static final String REFERENCE = "year-end";

  @RegisterExtension static final TestGateway gateway = TestGateway.with("");

  @TempDir private static Path folder;

  private static DocumentationPage page;

  @BeforeAll
  static void read() throws IOException {
    page = DocumentationPage.of("calling.md");
    gateway.api().on("/reports", RecordingApi.responding(200, "the report"));
  }

  @Test
  void commandsDoWhatThePageSays() throws IOException {
    var commands = String.join("\n", page.blocks("sh"));
    Files.writeString(folder.resolve("client-secret.txt"), TestGateway.CLIENT_SECRET);
    Files.writeString(folder.resolve("page.sh"), "set -euo pipefail\n" + adapted(commands, "curl"));
    Toolchains.writeLauncher(folder);

    var ended = run(List.of("bash", "page.sh"));

    assertThat(ended.exitCode()).as("%s", ended).isZero();
    var out = String.join("\n", ended.out());
    assertThat(out).startsWith("HTTP/1.1 202 Accepted");
    assertThat(out)
        .containsPattern("\\}\\s*304\n200\n\\{\"items\":\\[\\{\"id\":\"[^\n]+\\}\\s*409$");
    assertThat(folder.resolve("report.pdf")).hasContent("the report");
    assertSentOnce("curl");
  }

  @ParameterizedTest
  @ValueSource(strings = {"java", "python", "ts", "php"})
  void programMakesTheCallOfThePage(String language) throws IOException {
    var program = adapted(page.block(language), language);

    var ended = run(command(language, program));

    assertThat(ended.exitCode()).as("%s", ended).isZero();
    assertThat(ended.out()).as("%s", ended).hasSize(3);
    assertThat(ended.out().getFirst()).isEqualTo("200 the report");
    assertThat(ended.out().get(1)).matches("[0-9a-f-]{36} Finished");
    assertThat(ended.out().getLast()).isEqualTo("it had ended");
    assertSentOnce(language);
  }

  @Test
  void theExampleOfTheReadmeReturnsTheResponse() throws IOException {
    var readme = Files.readString(Repository.root().resolve("README.md"));
    var program =
        """
        import dev.backlane.client.Backlane;
        import dev.backlane.client.auth.ClientCredentials;
        import java.net.http.HttpRequest.BodyPublishers;
        import java.net.http.HttpResponse;
        import java.net.http.HttpResponse.BodyHandlers;

        void main() throws Exception {
          String id = System.getenv("CLIENT_ID");
          String secret = System.getenv("CLIENT_SECRET");
          %s
          IO.println(response.statusCode() + " " + response.body());
        }
        """
            .formatted(new DocumentationPage(readme).block("java"));
    gateway.api().on("/v1/invoice/1002/release", RecordingApi.responding(200, "released"));
    var source = Files.writeString(folder.resolve("Readme.java"), withAddresses(program));

    var ended = run(Toolchains.java(source));

    assertThat(ended.out()).as("%s", ended).containsExactly("200 released");
  }

  @Test
  void everyPhaseErrorCodeAndHeaderIsDescribed() {
    assertThat(Phase.values())
        .allSatisfy(phase -> assertThat(page.text()).contains("`" + phase.wire() + "`"));
    assertThat(ErrorCode.values())
        .allSatisfy(code -> assertThat(page.text()).contains("`" + code.wire() + "`"));
    assertThat(page.text())
        .contains(Headers.BACKGROUND, Headers.REFERENCE, Headers.IDEMPOTENCY_KEY, Headers.PREFER)
        .contains(Headers.PREFERENCE_APPLIED, Headers.ASYNC_RESULT, Headers.LOCATION)
        .contains(Headers.RETRY_AFTER, Headers.RATE_LIMIT_LIMIT);
  }

  @Test
  void everyProblemTypeHasARow() {
    assertThat(Arrays.stream(ProblemType.values()))
        .map(type -> String.valueOf(type.uri()).replaceFirst(".*/", ""))
        .allSatisfy(
            type -> assertThat(page.text()).contains("[`" + type + "`](problems.md#" + type + ")"));
  }

  private static void assertSentOnce(String language) {
    var sent =
        gateway.api().received("/reports").stream()
            .filter(request -> request.values("Idempotency-Key").contains(JOB + "-" + language))
            .toList();
    assertThat(sent).hasSize(1);
    assertThat(sent.getFirst().target()).isEqualTo("/reports?year=2026");
    assertThat(sent.getFirst().values("Content-Type")).containsExactly("application/json");
  }

  private static String adapted(String code, String language) {
    assertThat(code).contains("https://api.example.com", "https://login.example.com/token");
    return withAddresses(code)
        .replace(JOB, JOB + "-" + language)
        .replace(REFERENCE, REFERENCE + "-" + language);
  }

  private static String withAddresses(String code) {
    return code.replace("https://api.example.com", gateway.url().toString())
        .replace("https://login.example.com/token", gateway.issuer().tokenEndpoint().toString());
  }

  private static List<String> command(String language, String program) throws IOException {
    return switch (language) {
      case "java" -> Toolchains.java(Files.writeString(folder.resolve("Calling.java"), program));
      case "python" -> {
        Files.copy(
            Toolchains.EXAMPLES.resolve("python/backlane.py"), folder.resolve("backlane.py"));
        Files.writeString(folder.resolve("calling.py"), program);
        yield List.of("python3", "-B", "calling.py");
      }
      case "ts" -> {
        compile(program);
        yield List.of("node", "compiled/calling.js");
      }
      case "php" -> {
        Files.copy(Toolchains.EXAMPLES.resolve("php/Backlane.php"), folder.resolve("Backlane.php"));
        Files.writeString(folder.resolve("calling.php"), program);
        yield List.of("php", "calling.php");
      }
      default -> throw new IllegalArgumentException(language);
    };
  }

  private static void compile(String program) throws IOException {
    var sources = Files.createDirectory(folder.resolve("node"));
    for (var name : List.of("backlane.ts", "tsconfig.json", "package.json")) {
      Files.copy(Toolchains.EXAMPLES.resolve("node").resolve(name), sources.resolve(name));
    }
    Files.writeString(sources.resolve("calling.ts"), program);
    Toolchains.compileTypeScript(sources, folder.resolve("compiled"));
  }

  private static Ended run(List<String> command) {
    var environment = new HashMap<String, String>();
    environment.put("PATH", System.getenv("PATH"));
    environment.put("HOME", System.getenv("HOME"));
    environment.put("CLIENT_ID", TestGateway.CLIENT);
    environment.put("CLIENT_SECRET", TestGateway.CLIENT_SECRET);
    return ExternalProgram.start(command, folder, environment).awaitEnd();
  }
}
