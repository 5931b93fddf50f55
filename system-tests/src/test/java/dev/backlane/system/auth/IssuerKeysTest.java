package dev.backlane.system.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.ClosedPort;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.TestGateway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// An issuer that rotates its keys, and one that is unavailable.
@Timeout(60)
final class IssuerKeysTest {
  @Test
  void acceptsTokensOfNewAndPreviousKey() throws Exception {
    try (var gateway = TestGateway.with("").start()) {
      var before = gateway.http();
      assertThat(before.get("/v1/background").status()).isEqualTo(200);
      gateway.issuer().rotateKeys();
      var after = gateway.http();

      assertThat(after.token()).isNotEqualTo(before.token());
      assertThat(after.awaitEnd(after.begin("/rotated")).statusCode()).isEqualTo(200);
      assertThat(before.get("/v1/background").status()).isEqualTo(200);
    }
  }

  @Test
  void acceptsOnlyKnownKeysWhileIssuerIsUnavailable() throws Exception {
    try (var gateway = TestGateway.with("").start()) {
      var known = gateway.http();
      assertThat(known.get("/v1/background").status()).isEqualTo(200);
      gateway.issuer().rotateKeys();
      var unseen = gateway.http();
      var sameKey = gateway.http();
      gateway.issuer().close();

      assertThat(known.get("/v1/background").status())
          .as("a token that was verified before")
          .isEqualTo(200);
      for (var http : new Http[] {unseen, sameKey}) {
        var response = http.get("/v1/background");
        response.assertProblem(503, "overloaded");
        assertThat(response.header("Retry-After")).isNotEmpty();
      }
    }
  }

  @Test
  void startsWithoutIssuerAndReturns503() throws Exception {
    try (var closed = new ClosedPort();
        var gateway =
            TestGateway.with("").flags("--auth.jwks-url=" + closed.url() + "/jwks").start()) {
      gateway.http().get("/v1/background").assertProblem(503, "overloaded");
      assertThat(gateway.http().get("/health/ready").status()).isEqualTo(200);
    }
  }
}
