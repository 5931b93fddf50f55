package dev.backlane.system.operators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Health and metrics, as monitoring reads them.
@Timeout(60)
final class HealthAndMetricsTest {
  private static final String TOKEN = "the-operators-token-of-the-tests";

  @RegisterExtension static final TestGateway open = TestGateway.with("");

  @RegisterExtension
  static final TestGateway guarded = TestGateway.with("admin: { token: " + TOKEN + " }\n");

  @Test
  @DisplayName("/health/live is UP while the process serves")
  void isLiveWhileServing() throws Exception {
    assertUp("/health/live");
  }

  @Test
  @DisplayName("/health/ready is UP while calls are accepted")
  void isReadyWhileAccepting() throws Exception {
    assertUp("/health/ready");
  }

  @Test
  @DisplayName("/metrics counts operations and attempts, and reports the limit of attempts")
  void countsOperationsAndAttempts() throws Exception {
    open.api().on("/refused", RecordingApi.responding(400, "no"));
    for (var path : List.of("/accepted", "/refused")) {
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

  @Test
  @DisplayName("/metrics is open on loopback if admin.token is unset")
  void opensMetricsOnLoopback() throws Exception {
    assertThat(open.http().as("").get("/metrics").status()).isEqualTo(200);
  }

  @Test
  @DisplayName("/metrics requires admin.token if it is set")
  void requiresAdminTokenForMetrics() throws Exception {
    var refused = guarded.http().as("").get("/metrics");
    assertThat(refused.status()).isEqualTo(401);
    assertThat(refused.problem()).isEqualTo("unauthorized");
    assertThat(refused.header("WWW-Authenticate")).startsWith("Bearer ");
  }

  @Test
  @DisplayName("/metrics refuses a caller's token")
  void refusesCallerTokenForMetrics() throws Exception {
    assertThat(guarded.http().get("/metrics").status()).isEqualTo(401);
  }

  @Test
  @DisplayName("/metrics is returned with admin.token")
  void returnsMetricsForAdminToken() throws Exception {
    assertThat(guarded.http().as(TOKEN).get("/metrics").text())
        .contains("backlane_operations_queued 0.0");
  }

  private static void assertUp(String path) throws Exception {
    var response = open.http().as("").get(path);
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.json()).containsExactly(Map.entry("status", "UP"));
  }
}
