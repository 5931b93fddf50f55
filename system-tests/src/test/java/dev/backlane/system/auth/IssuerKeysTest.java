package dev.backlane.system.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.ClosedPort;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.certificates.CertificateAuthority;
import dev.backlane.system.support.certificates.TlsApi;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

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
  void discoversKeysByTheIssuerAlone() throws Exception {
    try (var issuer = TestGateway.newIssuer();
        var gateway =
            TestGateway.with("")
                .flags(
                    "--auth.issuers=[{issuer: '%s', prefix: 'second:'}]".formatted(issuer.issuer()))
                .start()) {
      var second =
          issuer.issue(
              TestGateway.CLIENT, TestGateway.TENANT, TestGateway.CLIENT, TestGateway.SCOPES);
      var theirs = gateway.http().as(second);
      var id = theirs.begin("/call");
      assertThat(theirs.awaitEnd(id).statusCode()).isEqualTo(200);
      gateway.http().stateOf(id).assertProblem(403, "forbidden");
    }
  }

  @Test
  void trustsOnlyTheConfiguredAuthoritiesOfIssuers(@TempDir Path folder) throws Exception {
    var authority = new CertificateAuthority(folder);
    var trusted = authority.writeCertificate(folder.resolve("trusted.crt"));
    try (var server =
            new TlsApi(authority.server(authority.issue("issuer", "EC", "ip:127.0.0.1")), false);
        var gateway =
            TestGateway.with("")
                .flags("--auth.jwks-url=" + server.url() + "/jwks", "--auth.tls-ca=" + trusted)
                .start()) {
      gateway.http().get("/v1/background").assertProblem(503, "overloaded");
      // It was asked, and does not respond with keys; without the authority it is not asked.
      assertThat(server.callers()).isNotEmpty();
      try (var distrusting =
          TestGateway.with("").flags("--auth.jwks-url=" + server.url() + "/jwks").start()) {
        int before = server.callers().size();
        distrusting.http().get("/v1/background").assertProblem(503, "overloaded");
        assertThat(server.callers()).hasSize(before);
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
