package dev.backlane.system.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.examples.FaultyFront.Fault;
import dev.backlane.system.examples.FaultyFront.Seen;
import dev.backlane.system.support.ExternalProgram;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The callers of `examples/` make background calls, also where requests fail on the way.
@Timeout(120)
final class ExampleCallersTest {
  private static final String REPORT = "/reports";
  private static final String REFUSED = "/refused";
  private static final String BREAKING = "/breaking";

  @RegisterExtension static final TestGateway gateway = TestGateway.with("");

  @TempDir private static Path compiled;

  @BeforeAll
  static void prepare() throws IOException {
    Toolchains.compileTypeScript(Toolchains.EXAMPLES.resolve("node"), compiled.resolve("node"));
    gateway.api().on(REPORT, RecordingApi.responding(201, "the report"));
    gateway.api().on(REFUSED, RecordingApi.responding(422, "no such year"));
    gateway.api().on(BREAKING, RecordingApi.breaking());
  }

  @ParameterizedTest
  @ValueSource(strings = {"python", "node", "php", "java", "spring"})
  void makesBackgroundCallsDespiteFaults(String language) throws Exception {
    var path = REPORT + "?by=" + language;
    try (var front =
        new FaultyFront(
            gateway.url(), Fault.UNAVAILABLE, Fault.LOST, Fault.NONE, Fault.UNAUTHORIZED)) {
      // At the same time, since each of them mostly waits.
      var faulty = start(language, front.url(), "made", path);
      var refused = start(language, gateway.url(), "refused", REFUSED);
      var unknown = start(language, gateway.url(), "unknown", BREAKING);

      var ended = faulty.awaitEnd();
      assertThat(ended.out()).as("%s", ended).containsExactly("the report");
      assertThat(ended.exitCode()).isZero();
      assertSentOnce(path);
      assertRetried(front.seen(), language + "-made");

      var refusal = refused.awaitEnd();
      assertThat(refusal.out()).as("%s", refusal).containsExactly("no such year");
      assertThat(refusal.exitCode()).isEqualTo(4);

      var unclear = unknown.awaitEnd();
      assertThat(unclear.out()).isEmpty();
      assertThat(String.join("\n", unclear.err())).contains("Outcome unknown", "Check at the API");
      assertThat(unclear.exitCode()).isEqualTo(3);
    }
  }

  private static void assertSentOnce(String target) {
    var sent =
        gateway.api().received(REPORT).stream()
            .filter(request -> request.target().equals(target))
            .toList();
    assertThat(sent).hasSize(1);
    assertThat(sent.getFirst().values("Content-Type").getFirst()).startsWith("application/json");
    assertThat(sent.getFirst().body()).asString().isEqualTo("{\"year\": 2026}");
  }

  /// The requests that the faulty front has received: three submissions with the same key, the
  /// second after `Retry-After`; and after the 401, another token.
  private static void assertRetried(List<Seen> seen, String key) {
    assertThat(seen).hasSizeGreaterThanOrEqualTo(5);
    assertThat(seen.subList(0, 3))
        .allMatch(request -> request.method().equals("POST"))
        .allMatch(request -> request.idempotencyKey().equals(key));
    assertThat(Duration.ofNanos(seen.get(1).nanos() - seen.get(0).nanos()))
        .isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    assertThat(seen.get(3).target()).startsWith("/v1/background/");
    assertThat(seen.get(4).target()).isEqualTo(seen.get(3).target());
    assertThat(seen.get(4).token()).startsWith("Bearer ").isNotEqualTo(seen.get(3).token());
  }

  private static ExternalProgram start(String language, URI url, String job, String path)
      throws IOException {
    var program =
        Toolchains.with(command(language), language + "-" + job, "POST", path, "{\"year\": 2026}");
    return ExternalProgram.start(program, compiled, environment(url));
  }

  private static List<String> command(String language) throws IOException {
    return switch (language) {
      case "python" -> List.of("python3", "-B", example("python/caller.py"));
      case "node" -> List.of("node", compiled.resolve("node/caller.js").toString());
      case "php" -> List.of("php", example("php/caller.php"));
      case "java" -> Toolchains.java(Path.of(example("java/Caller.java")));
      case "spring" -> Toolchains.spring("Caller");
      default -> throw new IllegalArgumentException(language);
    };
  }

  private static String example(String file) {
    return Toolchains.EXAMPLES.resolve(file).toString();
  }

  private static Map<String, String> environment(URI url) {
    var environment = new HashMap<String, String>();
    environment.put("PATH", System.getenv("PATH"));
    environment.put("HOME", System.getenv("HOME"));
    environment.put("API_URL", url.toString());
    environment.put("TOKEN_URL", gateway.issuer().tokenEndpoint().toString());
    environment.put("CLIENT_ID", TestGateway.CLIENT);
    environment.put("CLIENT_SECRET", TestGateway.CLIENT_SECRET);
    environment.put("TENANT", TestGateway.TENANT);
    return environment;
  }
}
