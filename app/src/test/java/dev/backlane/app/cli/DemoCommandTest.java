package dev.backlane.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.app.config.sections.Config;
import dev.backlane.app.process.StopSignal;
import dev.backlane.app.wiring.RunningGateway;
import dev.backlane.app.wiring.Wiring;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Runs the demo in this process, with all its sockets and files.
final class DemoCommandTest {
  private static final Pattern WHOLE_TOKEN = Pattern.compile("eyJ[\\w-]+\\.[\\w-]+\\.[\\w-]+");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  @Timeout(60)
  void showsAllStepsAndExits() {
    int code = commands(() -> {}).run("demo");

    assertThat(err.toString()).isEmpty();
    assertThat(code).isZero();
    assertThat(out.toString())
        .containsSubsequence(
            "client_secret=(not shown)",
            "no response: timed out",
            "erp-api-background: none",
            "202 Accepted",
            "\"status\" : \"Started\"",
            "304 Not Modified",
            "\"status\" : \"Finished\"",
            "\"statusCode\" : 200",
            "AsyncResult: 200",
            "\"status\" : \"Released\"",
            "403 Forbidden",
            "\"statusCode\" : 404",
            "201 Created",
            "erp-api-background: subscription:x-order=1002",
            "webhook-signature: v1,",
            "Signed with the subscription's secret",
            "What to try next")
        .doesNotContainPattern(WHOLE_TOKEN)
        .doesNotContain("demo-only-secret")
        .doesNotContain("demo-only-admin-token-for-this-run")
        .doesNotContainPattern("whsec_[A-Za-z0-9+/=]{20}")
        .doesNotContain("\u001b[");
    assertThat(folder()).doesNotExist();
  }

  @Test
  @Timeout(60)
  void keepsTheGatewayRunningUntilStopped() throws Exception {
    int code = commands(this::callWithThePrintedToken).run("demo", "--keep");

    assertThat(err.toString()).isEmpty();
    assertThat(code).isZero();
    assertThat(folder()).isDirectoryContaining("glob:**/backlane.yaml");
    remove(folder());
  }

  @Test
  @Timeout(60)
  void exitsWithOneIfAStepFails() {
    // No server listens at this address, so the first call to the gateway fails.
    RunningGateway away =
        new RunningGateway() {
          @Override
          public String announcement() {
            return "";
          }

          @Override
          public URI url() {
            return URI.create("http://127.0.0.1:1");
          }

          @Override
          public Map<String, Object> facts() {
            return Map.of();
          }

          @Override
          public URI operatorsUrl() {
            return URI.create("http://127.0.0.1:1");
          }

          @Override
          public void reload(Config next) {}

          @Override
          public Duration stopMax() {
            return Duration.ZERO;
          }

          @Override
          public void stopNow() {}

          @Override
          public void close() {}
        };
    int code =
        new Commands(
                Map.of(),
                _ -> away,
                () -> {},
                new PrintWriter(out, true),
                new PrintWriter(err, true))
            .run("demo");

    assertThat(code).isEqualTo(1);
    assertThat(out.toString())
        .contains("The demo failed at step 2")
        .doesNotContain("What to try next");
    assertThat(folder()).doesNotExist();
  }

  private void callWithThePrintedToken() throws InterruptedException {
    String gateway = found("gateway +(http://\\S+)");
    String token = found("TOKEN=(\\S+)");
    try (var http = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(URI.create(gateway + "/v1/background"))
              .timeout(Duration.ofSeconds(10))
              .header("Authorization", "Bearer " + token)
              .build();
      assertThat(http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
          .isEqualTo(200);
    } catch (IOException gone) {
      throw new AssertionError("the gateway has stopped", gone);
    }
  }

  private Commands commands(StopSignal stop) {
    return new Commands(
        Map.of(), Wiring::start, stop, new PrintWriter(out, true), new PrintWriter(err, true));
  }

  private Path folder() {
    return Objects.requireNonNull(Path.of(found("config file +(\\S+)")).getParent());
  }

  private String found(String pattern) {
    var matcher = Pattern.compile(pattern).matcher(out.toString());
    assertThat(matcher.find()).as("%s in %s", pattern, out).isTrue();
    return matcher.group(1);
  }

  private static void remove(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
