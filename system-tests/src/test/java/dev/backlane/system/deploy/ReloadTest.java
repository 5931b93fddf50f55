package dev.backlane.system.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.WebhookReceiver;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// SIGHUP to a real process: the file is read again, and applied as a whole or not at all.
@Timeout(120)
final class ReloadTest {
  private static final Duration NOTICED_WITHIN = Duration.ofSeconds(20);
  private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  private static final String BEFORE = "the-first-token-of-the-operator-0123";
  private static final String AFTER = "the-second-token-of-the-operator-0123";
  private static final String METRICS_BEFORE = "the-first-token-of-monitoring-0123";
  private static final String METRICS_AFTER = "the-second-token-of-monitoring-0123";
  private static final String LIMIT = "X-RateLimit-Limit";

  /// Replaces the file, requests a reload, and waits for the line that ends it.
  private static void reload(TestGateway gateway, String file, String line) throws Exception {
    Files.writeString(gateway.configFile(), file);
    gateway.process().hangUp();
    Deadline.within(
        NOTICED_WITHIN, line + " is logged", () -> gateway.process().lineWith(line).isPresent());
  }

  private static String file(TestGateway gateway) throws IOException {
    return Files.readString(gateway.configFile());
  }

  private static List<String> linesOf(TestGateway gateway, String level) {
    return gateway.process().lines().stream().filter(line -> line.contains(level)).toList();
  }

  @Test
  @DisplayName("Routes, limits, subscriptions, webhooks and the log level change without a restart")
  void appliesWhatCanChange() throws Exception {
    var held = new HeldResponse();
    try (var receiver = new WebhookReceiver();
        var gateway = TestGateway.with("").start()) {
      gateway.api().on("/held", held);
      var http = gateway.http();
      assertThat(http.post("/job", "{}", "erp-api-background", "subscription").status())
          .isEqualTo(422);

      reload(
          gateway,
          file(gateway)
              + """
              routes: [{ path: /held, attempt-timeout: 300ms }]
              limits: { calls-per-minute: 100 }
              webhooks: { allow-cidrs: ["127.0.0.0/8"] }
              subscriptions: [{ tenant: "%s", client: "%s", url: "%s", secret: %s }]
              log: { level: DEBUG }
              """
                  .formatted(TestGateway.TENANT, TestGateway.CLIENT, receiver.url(), SECRET),
          "SIGHUP: the configuration was read again; changed: limits.calls-per-minute,"
              + " webhooks.allow-cidrs, subscriptions, log.level, routes");

      // Without the route, the attempt would wait for hours.
      assertThat(http.awaitEnd(http.begin("/held")).errorMessage()).startsWith("Outcome unknown");
      var accepted = http.post("/job", "{}", "erp-api-background", "subscription");
      assertThat(accepted.header(LIMIT)).isEqualTo("100");
      assertThat(WebhookReceiver.idOf(receiver.await(1).getFirst()))
          .isEqualTo(accepted.acceptedId());
      assertThat(linesOf(gateway, " DEBUG ")).isNotEmpty();
      assertThat(gateway.process().lines()).noneMatch(line -> line.contains(SECRET));
    } finally {
      held.release();
    }
  }

  @Test
  @DisplayName("The operator's token, the concurrency and the retention change without a restart")
  void appliesTokenConcurrencyAndRetention() throws Exception {
    var first = new HeldResponse();
    var second = new HeldResponse();
    try (var gateway =
        TestGateway.with(
                "admin: { token: %s, metrics-token: %s }\nexecution: { concurrency: 1 }\n"
                    .formatted(BEFORE, METRICS_BEFORE))
            .start()) {
      gateway.api().on("/first", first);
      gateway.api().on("/second", second);
      var http = gateway.http();
      http.begin("/first");
      first.awaitRequest();
      var waiting = http.begin("/second");
      assertThat(http.stateOf(waiting).json().get("phase")).isEqualTo("queued");
      assertThat(http.as(BEFORE).get("/metrics").status()).isEqualTo(200);
      assertThat(http.as(METRICS_BEFORE).get("/metrics").status()).isEqualTo(200);
      assertThat(http.as(AFTER).get("/metrics").status()).isEqualTo(401);
      assertThat(http.as(METRICS_AFTER).get("/metrics").status()).isEqualTo(401);

      reload(gateway, file(gateway).replace(BEFORE, "hunter2"), "admin.token: the value has the");
      assertThat(gateway.process().lineWith("hunter2")).isEmpty();
      assertThat(http.as(BEFORE).get("/metrics").status()).isEqualTo(200);

      reload(
          gateway,
          file(gateway)
                  .replace("hunter2", AFTER)
                  .replace(METRICS_BEFORE, METRICS_AFTER)
                  .replace("concurrency: 1", "concurrency: 3")
              + "retention: 2s\n",
          "changed: execution.concurrency, retention, admin.token, admin.metrics-token");
      // A tenant alone leaves one permit of three to others.
      second.awaitRequest();
      second.release();
      assertThat(http.awaitEnd(waiting).statusCode()).isEqualTo(200);
      assertThat(http.as(BEFORE).get("/metrics").status()).isEqualTo(401);
      assertThat(http.as(METRICS_BEFORE).get("/metrics").status()).isEqualTo(401);
      for (var token : List.of(AFTER, METRICS_AFTER)) {
        assertThat(http.as(token).get("/metrics").text())
            .contains("backlane_attempts_concurrency_limit 3.0");
      }
      assertThat(linesOf(gateway, " WARN "))
          .hasSize(4)
          .allMatch(line -> line.contains("refused /metrics: wrong token from 127.0.0.1"));
    } finally {
      first.release();
      second.release();
    }
  }

  @Test
  @DisplayName("A wrong file changes nothing, and one error names all of its problems")
  void keepsTheConfigurationIfTheFileIsWrong() throws Exception {
    try (var gateway = TestGateway.with("limits: { calls-per-minute: 100 }\n").start()) {
      var before = file(gateway);
      reload(
          gateway,
          before.replace("minute: 100", "minute: 200") + "retention: soon\nqueue: { length: 7 }\n",
          "the previous one stays in use");
      assertThat(linesOf(gateway, " ERROR "))
          .singleElement()
          .asString()
          .contains("retention: 'soon' is not a duration", "queue: is not a known key");
      var http = gateway.http();
      assertThat(http.post("/job", "{}", "erp-api-background", "none").header(LIMIT))
          .isEqualTo("100");

      reload(
          gateway,
          before.replace("minute: 100", "minute: 300"),
          "changed: limits.calls-per-minute");
      assertThat(http.post("/job", "{}", "erp-api-background", "none").header(LIMIT))
          .isEqualTo("300");
    }
  }

  @Test
  @DisplayName("A setting that needs a restart keeps its value, and a warning names it")
  void reportsWhatNeedsARestart() throws Exception {
    try (var gateway = TestGateway.with("limits: { calls-per-minute: 100 }\n").start()) {
      reload(
          gateway,
          file(gateway).replace("minute: 100", "minute: 200").replace("port: 0", "port: 1"),
          "changed: limits.calls-per-minute");
      assertThat(linesOf(gateway, " WARN "))
          .singleElement()
          .asString()
          .contains("server.port has changed and needs a restart");
      var http = gateway.http();
      assertThat(http.post("/job", "{}", "erp-api-background", "none").header(LIMIT))
          .isEqualTo("200");
    }
  }
}
