package dev.backlane.system.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.TestGateway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// CONTRACT 1.5: rate limits by company and client, for calls and for reads apart.
@Timeout(60)
final class RateLimitTest {
  private static TestGateway stand;

  @BeforeAll
  static void open() {
    stand = TestGateway.open("limits: { calls-per-minute: 2, reads-per-minute: 3 }\n");
  }

  @AfterAll
  static void close() {
    stand.close();
  }

  @Test
  void callsAreCountedByCompanyAndClientAndTold() throws Exception {
    var http = stand.http("caller", "acme", "caller");
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
            stand
                .http("caller", "other", "caller")
                .post("/counted", "{}", "erp-api-background", "none")
                .status())
        .as("another company of the same client")
        .isEqualTo(202);
    assertThat(
            stand
                .http("another", "acme", "another")
                .post("/counted", "{}", "erp-api-background", "none")
                .status())
        .as("another client of the same company")
        .isEqualTo(202);
    assertThat(http.post("/counted", "{}").status()).as("a proxied call").isEqualTo(200);
    assertThat(http.get("/v1/background").status()).as("reads are counted apart").isEqualTo(200);
  }

  @Test
  void readsAreCountedAndTold() throws Exception {
    var http = stand.http("reader", "acme", "reader");
    for (int left = 2; left >= 0; left--) {
      var answer = http.get("/v1/background");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("X-RateLimit-Remaining")).isEqualTo(Integer.toString(left));
    }
    http.get("/v1/background").assertProblem(429, "rate-limited");
  }
}
