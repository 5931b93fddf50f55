package dev.backlane.system.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.ClosedPort;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.TestGateway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The issuer changes its keys, and is away for a while.
@Timeout(60)
final class IssuerKeysTest {
  @Test
  void aTokenOfANewKeyIsGoodAtOnceAndOneOfTheKeyBeforeStaysGood() throws Exception {
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
  void whileTheIssuerIsAwayItsKnownKeysCountAndAnUnknownOneIsAnswered503() throws Exception {
    try (var gateway = TestGateway.with("").start()) {
      var known = gateway.http();
      assertThat(known.get("/v1/background").status()).isEqualTo(200);
      gateway.issuer().rotateKeys();
      var unseen = gateway.http();
      var sameKey = gateway.http();
      gateway.issuer().close();

      assertThat(known.get("/v1/background").status()).as("a token that was seen").isEqualTo(200);
      for (var http : new Http[] {unseen, sameKey}) {
        var answer = http.get("/v1/background");
        answer.assertProblem(503, "overloaded");
        assertThat(answer.header("Retry-After")).isNotEmpty();
      }
    }
  }

  @Test
  void aGatewayThatStartsWithoutItsIssuerSaysSoUntilItIsThere() throws Exception {
    try (var closed = new ClosedPort();
        var gateway =
            TestGateway.with("").flags("--auth.jwks-url=" + closed.url() + "/jwks").start()) {
      gateway.http().get("/v1/background").assertProblem(503, "overloaded");
      assertThat(gateway.http().get("/health/ready").status()).isEqualTo(200);
    }
  }
}
