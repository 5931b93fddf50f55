package dev.backlane.system.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.TestGateway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// CONTRACT 1.5: rate limits per tenant and client, separate for calls and reads.
@Timeout(60)
final class RateLimitTest {
  @RegisterExtension
  static final TestGateway gateway =
      TestGateway.with("limits: { calls-per-minute: 2, reads-per-minute: 3 }\n");

  @Test
  void limitsCallsPerTenantAndClient() throws Exception {
    var http = gateway.http("caller", "acme", "caller");
    var first = http.post("/counted", "{}", "erp-api-background", "none");
    assertThat(first.status()).isEqualTo(202);
    assertThat(first.header("X-RateLimit-Limit")).isEqualTo("2");
    assertThat(first.header("X-RateLimit-Remaining")).isEqualTo("1");
    assertThat(Integer.parseInt(first.header("X-RateLimit-Reset"))).isBetween(1, 60);
    assertThat(first.header("X-RateLimit-Policy")).startsWith("2;w=60");
    assertThat(http.post("/counted", "{}", "erp-api-background", "none").status()).isEqualTo(202);

    var refused = http.post("/counted", "{}", "erp-api-background", "none");
    refused.assertProblem(429, "rate-limited");
    assertThat(refused.header("X-RateLimit-Remaining")).isEqualTo("0");
    assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(1, 60);

    assertThat(
            gateway
                .http("caller", "other", "caller")
                .post("/counted", "{}", "erp-api-background", "none")
                .status())
        .as("another tenant of the same client")
        .isEqualTo(202);
    assertThat(
            gateway
                .http("another", "acme", "another")
                .post("/counted", "{}", "erp-api-background", "none")
                .status())
        .as("another client of the same tenant")
        .isEqualTo(202);
    assertThat(http.post("/counted", "{}").status()).as("a proxied call").isEqualTo(200);
    assertThat(http.get("/v1/background").status()).as("reads have their own limit").isEqualTo(200);
  }

  @Test
  void limitsReads() throws Exception {
    var http = gateway.http("reader", "acme", "reader");
    for (int left = 2; left >= 0; left--) {
      var response = http.get("/v1/background");
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.header("X-RateLimit-Remaining")).isEqualTo(Integer.toString(left));
    }
    http.get("/v1/background").assertProblem(429, "rate-limited");
  }
}
