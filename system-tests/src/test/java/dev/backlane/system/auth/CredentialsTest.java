package dev.backlane.system.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTParser;
import com.nimbusds.jwt.SignedJWT;
import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.protocol.Status;
import dev.backlane.system.support.ClosedPort;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.RecordingApi.Received;
import dev.backlane.system.support.TestGateway;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import no.nav.security.mock.oauth2.MockOAuth2Server;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What the upstream receives in each credentials mode, against a real OAuth 2.0 server, and calls
/// whose token expires while they wait in the queue.
@Timeout(60)
final class CredentialsTest {
  private static final String CALLERS = "callers";
  private static final String GATEWAYS = "gateways";
  private static final String AUDIENCE = "the-api";
  private static final String IDENTITY_SECRET = "an-identity-secret-of-32-characters";
  private static final Duration SHORT_LIFE = Duration.ofSeconds(2);

  @AutoClose("shutdown")
  private static final MockOAuth2Server issuer = new MockOAuth2Server();

  @BeforeAll
  static void startIssuer() {
    issuer.start();
  }

  @Test
  void forwardSendsTokenAndCookiesOfCaller() throws Exception {
    try (var gateway = gateway("forward")) {
      var token = token(Duration.ofHours(1));
      var sent = sent(gateway, token);
      assertThat(sent.values("Authorization")).containsExactly("Bearer " + token);
      assertThat(sent.values("Cookie")).containsExactly("session=1");
      assertThat(sent.values("Backlane-Identity")).isEmpty();
    }
  }

  @Test
  void forwardFailsCallWhoseTokenExpiredInQueue() throws Exception {
    try (var gateway = gateway("forward")) {
      var state = awaitEndOfCallWithExpiredToken(gateway);
      assertThat(state.status()).isEqualTo(Status.FAILED);
      assertThat(state.errorMessage())
          .startsWith("The caller's access token expired at ")
          .contains("nothing was sent");
      assertThat(gateway.api().received("/waiting")).isEmpty();
    }
  }

  @Test
  void clientCredentialsSendOwnTokenAndCallerIdentity() throws Exception {
    try (var gateway = gateway("client-credentials")) {
      var callers = token(Duration.ofHours(1));
      var sent = sent(gateway, callers);
      var claims = JWTParser.parse(bearer(sent)).getJWTClaimsSet();
      assertThat(claims.getIssuer()).isEqualTo(issuer.issuerUrl(GATEWAYS).toString());
      assertThat(bearer(sent)).isNotEqualTo(callers);
      assertThat(sent.values("Cookie")).isEmpty();

      var identity = SignedJWT.parse(sent.values("Backlane-Identity").getFirst());
      assertThat(verifies(identity)).isTrue();
      assertThat(identity.getJWTClaimsSet().getStringClaim("tenant_id"))
          .isEqualTo(TestGateway.TENANT);
      assertThat(identity.getJWTClaimsSet().getStringClaim("client_id"))
          .isEqualTo(TestGateway.CLIENT);
    }
  }

  @Test
  void clientCredentialsReuseToken() throws Exception {
    try (var gateway = gateway("client-credentials")) {
      var token = token(Duration.ofHours(1));
      var first = bearer(sent(gateway, token));
      gateway.http().as(token).awaitEnd(gateway.http().as(token).begin("/again"));
      assertThat(bearer(gateway.api().received("/again").getFirst())).isEqualTo(first);
    }
  }

  @Test
  void clientCredentialsAcceptExpiredTokenOfCaller() throws Exception {
    try (var gateway = gateway("client-credentials")) {
      assertThat(awaitEndOfCallWithExpiredToken(gateway).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void tokenExchangeSendsExchangedToken() throws Exception {
    try (var gateway = gateway("token-exchange")) {
      var callers = token(Duration.ofHours(1));
      var sent = sent(gateway, callers);
      var claims = JWTParser.parse(bearer(sent)).getJWTClaimsSet();
      assertThat(bearer(sent)).isNotEqualTo(callers);
      assertThat(claims.getIssuer()).isEqualTo(issuer.issuerUrl(GATEWAYS).toString());
      assertThat(claims.getSubject()).isEqualTo("user-1");
      assertThat(claims.getAudience()).containsExactly("behind");
    }
  }

  @Test
  void tokenExchangeFailsCallWhoseTokenExpiredInQueue() throws Exception {
    try (var gateway = gateway("token-exchange")) {
      assertThat(awaitEndOfCallWithExpiredToken(gateway).errorMessage())
          .startsWith("The caller's access token expired at ");
      assertThat(gateway.api().received("/waiting")).isEmpty();
    }
  }

  @Test
  @DisplayName("with credentials none, the upstream gets the caller's identity and no credentials")
  void noneSendsNoCredentialsOfCaller() throws Exception {
    try (var gateway = gateway("none")) {
      var sent = sent(gateway, token(Duration.ofHours(1)));
      assertThat(sent.values("Authorization")).isEmpty();
      assertThat(sent.values("Cookie")).isEmpty();
      assertThat(verifies(SignedJWT.parse(sent.values("Backlane-Identity").getFirst()))).isTrue();
    }
  }

  @Test
  void retriesCallWhenTokenEndpointIsUnavailable() throws Exception {
    try (var closed = new ClosedPort();
        var gateway =
            gateway(
                "client-credentials",
                "--upstream.token-url=" + closed.url() + "/token",
                "--execution.max-duration=5s")) {
      var http = gateway.http().as(token(Duration.ofHours(1)));
      var state = http.awaitEnd(http.begin("/never"));
      assertThat(state.attempt()).isEqualTo(1);
      assertThat(state.errorCode()).isEqualTo("deadline-exceeded");
      assertThat(state.errorMessage())
          .startsWith("Not sent since ")
          .contains("the gateway's token endpoint");
      assertThat(gateway.api().received("/never")).isEmpty();
    }
  }

  @Test
  @DisplayName("introspection accepts active tokens and refuses others")
  void introspectionAcceptsActiveTokens() throws Exception {
    try (var gateway =
        gateway(
            "forward",
            "--auth.mode=introspection",
            // This issuer returns only the registered members (RFC 7662 section 2.2).
            "--auth.tenant-claim=iss",
            "--auth.introspection-url=" + issuer.url(CALLERS + "/introspect"),
            "--auth.introspection-client-id=gateway",
            "--auth.introspection-client-secret=secret")) {
      var http = gateway.http().as(token(Duration.ofHours(1)));
      assertThat(http.awaitEnd(http.begin("/known")).statusCode()).isEqualTo(200);
      var refused = gateway.http().as("not-a-token-of-this-issuer").get("/v1/background");
      refused.assertProblem(401, "unauthorized");
      assertThat(refused.header("WWW-Authenticate")).contains("invalid_token");
    }
  }

  private static TestGateway gateway(String mode, String... more) {
    var flags =
        new ArrayList<>(
            List.of(
                "--auth.issuer=" + issuer.issuerUrl(CALLERS),
                "--auth.scope-prefix=",
                "--upstream.credentials=" + mode));
    if (!mode.equals("forward")) {
      flags.add("--upstream.identity-secret=" + IDENTITY_SECRET);
    }
    if (mode.startsWith("client") || mode.startsWith("token")) {
      flags.add("--upstream.client-id=gateway");
      flags.add("--upstream.client-secret=secret");
      flags.add("--upstream.audience=behind");
      if (List.of(more).stream().noneMatch(flag -> flag.startsWith("--upstream.token-url"))) {
        flags.add("--upstream.token-url=" + issuer.tokenEndpointUrl(GATEWAYS));
      }
    }
    flags.addAll(List.of(more));
    return TestGateway.with(
            "execution: { concurrency: 1, max-attempts: 2, backoff-initial: 50ms }\n")
        .flags(flags)
        .start();
  }

  private static String token(Duration lifetime) {
    return issuer
        .issueToken(
            CALLERS,
            "user-1",
            AUDIENCE,
            Map.of("tenant_id", TestGateway.TENANT, "client_id", TestGateway.CLIENT),
            lifetime.toSeconds())
        .serialize();
  }

  private static Received sent(TestGateway gateway, String token) throws Exception {
    var http = gateway.http().as(token);
    var state = http.awaitEnd(http.begin("/call", "Cookie", "session=1"));
    assertThat(state.statusCode()).as(String.valueOf(state.errorMessage())).isEqualTo(200);
    return gateway.api().received("/call").getFirst();
  }

  /// Blocks the only worker until the token of the queued call has expired.
  private static BackgroundRequestStateDto awaitEndOfCallWithExpiredToken(TestGateway gateway)
      throws Exception {
    var held = new HeldResponse();
    gateway.api().on("/holding", held);
    var lasting = gateway.http().as(token(Duration.ofHours(1)));
    lasting.begin("/holding");
    held.awaitRequest();
    var id = gateway.http().as(token(SHORT_LIFE)).begin("/waiting");
    CompletableFuture.runAsync(
            held::release,
            CompletableFuture.delayedExecutor(
                SHORT_LIFE.plusSeconds(1).toMillis(), TimeUnit.MILLISECONDS))
        .join();
    return lasting.awaitEnd(id);
  }

  private static String bearer(Received sent) {
    return sent.values("Authorization").getFirst().replaceFirst("^Bearer ", "");
  }

  private static boolean verifies(JWSObject token) throws Exception {
    return token.verify(new MACVerifier(IDENTITY_SECRET.getBytes(StandardCharsets.UTF_8)));
  }
}
