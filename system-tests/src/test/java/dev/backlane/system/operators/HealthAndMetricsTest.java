package dev.backlane.system.operators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.Statement;
import dev.backlane.system.support.Statement.Check;
import dev.backlane.system.support.TestGateway;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What an operator's machines ask a gateway.
@Timeout(60)
final class HealthAndMetricsTest {
  private static final String TOKEN = "the-operators-token-of-the-tests";

  private static TestGateway open;
  private static TestGateway guarded;

  @BeforeAll
  static void open() {
    open = TestGateway.open("");
    guarded = TestGateway.open("admin: { token: " + TOKEN + " }\n");
  }

  @AfterAll
  static void close() {
    open.close();
    guarded.close();
  }

  @ParameterizedTest
  @MethodSource("statements")
  void holds(Check check) throws Exception {
    check.run();
  }

  static Stream<Arguments> statements() {
    return Statement.rows(
        List.of(
            new Statement("/health/live is UP while the process serves", () -> up("/health/live")),
            new Statement("/health/ready is UP while calls are taken", () -> up("/health/ready")),
            new Statement(
                "/metrics counts operations and attempts, and tells the limit of attempts",
                HealthAndMetricsTest::counts),
            new Statement(
                "/metrics is open on loopback while there is no admin.token",
                () -> assertThat(open.http().as("").get("/metrics").status()).isEqualTo(200)),
            new Statement(
                "/metrics asks for admin.token where there is one",
                () -> {
                  var refused = guarded.http().as("").get("/metrics");
                  assertThat(refused.status()).isEqualTo(401);
                  assertThat(refused.problem()).isEqualTo("unauthorized");
                  assertThat(refused.header("WWW-Authenticate")).startsWith("Bearer ");
                }),
            new Statement(
                "/metrics does not take a caller's token for the operator's",
                () -> assertThat(guarded.http().get("/metrics").status()).isEqualTo(401)),
            new Statement(
                "/metrics is told to whoever has admin.token",
                () ->
                    assertThat(guarded.http().as(TOKEN).get("/metrics").text())
                        .contains("backlane_operations_queued 0.0"))));
  }

  private static void up(String path) throws Exception {
    var answer = open.http().as("").get(path);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json()).containsExactly(Map.entry("status", "UP"));
  }

  private static void counts() throws Exception {
    open.api().on("/refused", RecordingApi.answering(400, "no"));
    for (var path : List.of("/taken", "/refused")) {
      var accepted = open.http().post(path, "{}", "erp-api-background", "none").accepted();
      open.http().awaitEnd(accepted.id());
    }
    assertThat(open.http().get("/metrics").text().lines())
        .contains(
            "backlane_operations_accepted_total 2.0",
            "backlane_operations_ended_total{phase=\"finished\"} 2.0",
            "backlane_operations_ended_total{phase=\"failed\"} 0.0",
            "backlane_operations_outcome_unknown_total 0.0",
            "backlane_attempts_total{verdict=\"answered\"} 2.0",
            "backlane_attempts_concurrency_limit 64.0",
            "backlane_operations_queued 0.0");
  }
}
