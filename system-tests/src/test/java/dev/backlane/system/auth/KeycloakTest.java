package dev.backlane.system.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.SignedJWT;
import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.protocol.Status;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi.Received;
import dev.backlane.system.support.TestGateway;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The gateway with a real Keycloak as the callers' issuer and as its own token endpoint: which
/// tokens it accepts, and which credentials the upstream receives. The keys are discovered.
@Timeout(60)
final class KeycloakTest {
  private static final String GATEWAY = "gateway";
  private static final String BEHIND = "behind";
  private static final String IDENTITY_SECRET = "an-identity-secret-of-32-characters";

  /// Its tokens expire after 3 s.
  private static final String BRIEF_CLIENT = "brief-client";

  @AutoClose private static final KeycloakProcess keycloak = KeycloakProcess.start();
  @AutoClose private static final HttpClient client = HttpClient.newHttpClient();

  private static final KeycloakRealm realm = new KeycloakRealm(client, keycloak.url());

  @Test
  void startsCallThatOtherTenantCannotSee() throws Exception {
    var token = realm.tokenOf(TestGateway.CLIENT);
    assertThat(token.getJWTClaimsSet().getStringClaim("tenant_id")).isEqualTo(TestGateway.TENANT);
    assertThat(token.getJWTClaimsSet().getStringClaim("client_id")).isEqualTo(TestGateway.CLIENT);
    try (var gateway = gateway("forward")) {
      var http = as(gateway, token);
      var id = http.begin("/call");
      var state = http.awaitEnd(id);
      assertThat(state.status()).isEqualTo(Status.FINISHED);
      assertThat(state.statusCode()).isEqualTo(200);

      var other = as(gateway, realm.tokenOf("other-companys-client"));
      other.stateOf(id).assertProblem(403, "forbidden");
      assertThat(other.awaitEnd(other.begin("/call")).status()).isEqualTo(Status.FINISHED);
      assertThat(as(gateway, realm.tokenOf(TestGateway.CLIENT)).stateOf(id).status())
          .isEqualTo(200);
    }
  }

  @Test
  void refusesMissingTokenAndTokenForOtherApi() throws Exception {
    try (var gateway = gateway("forward")) {
      var none = gateway.http().as("").post("/call", "{}", "erp-api-background", "none");
      none.assertProblem(401, "unauthorized");
      assertThat(none.header("WWW-Authenticate")).startsWith("Bearer");

      var foreign =
          as(gateway, realm.tokenOf("other-apis-client"))
              .post("/call", "{}", "erp-api-background", "none");
      foreign.assertProblem(401, "unauthorized");
      assertThat(foreign.header("WWW-Authenticate")).contains("invalid_token", "audience");
      assertThat(gateway.api().received()).isEmpty();
    }
  }

  @Test
  void acceptsTokensOfNewAndPreviousKey() throws Exception {
    try (var gateway = gateway("forward")) {
      var before = realm.tokenOf(TestGateway.CLIENT);
      var unseen = realm.tokenOf(TestGateway.CLIENT);
      assertThat(as(gateway, before).get("/v1/background").status()).isEqualTo(200);
      realm.addKey();
      var after = realm.tokenOf(TestGateway.CLIENT);

      assertThat(after.getHeader().getKeyID()).isNotEqualTo(before.getHeader().getKeyID());
      var http = as(gateway, after);
      assertThat(http.awaitEnd(http.begin("/rotated")).statusCode()).isEqualTo(200);
      for (var older : List.of(before, unseen)) {
        assertThat(as(gateway, older).get("/v1/background").status()).isEqualTo(200);
      }
    }
  }

  @Test
  void introspectionRefusesRevokedAndForeignTokens() throws Exception {
    try (var gateway =
        gateway(
            "forward",
            "--auth.mode=introspection",
            "--auth.introspection-url=" + realm.endpoint("token/introspect"),
            "--auth.introspection-client-id=" + GATEWAY,
            "--auth.introspection-client-secret=" + KeycloakRealm.SECRET)) {
      var revoked = realm.tokenOf(TestGateway.CLIENT);
      var signedOut = realm.tokenOfAUser();
      // Keycloak introspects a token only for a client that is among its audiences.
      var forOthers = realm.tokenOf("other-companys-client");
      for (var good : List.of(realm.tokenOf(TestGateway.CLIENT), realm.tokenOfAUser())) {
        var http = as(gateway, good);
        assertThat(http.awaitEnd(http.begin("/known")).status()).isEqualTo(Status.FINISHED);
      }

      realm.revoke(revoked);
      realm.endSessionsOf(signedOut.getJWTClaimsSet().getSubject());
      for (var over : List.of(revoked, signedOut, forOthers)) {
        var refused = as(gateway, over).get("/v1/background");
        refused.assertProblem(401, "unauthorized");
        assertThat(refused.header("WWW-Authenticate")).contains("invalid_token", "not active");
      }
      var fresh = as(gateway, realm.tokenOf(TestGateway.CLIENT));
      assertThat(fresh.get("/v1/background").status()).isEqualTo(200);
    }
  }

  @Test
  void clientCredentialsSendOwnTokenAndCallerIdentity() throws Exception {
    try (var gateway = gateway("client-credentials")) {
      var callers = realm.tokenOfAUser();
      var sent = sent(gateway, callers);
      var claims = bearer(sent).getJWTClaimsSet();
      assertThat(claims.getIssuer()).isEqualTo(realm.issuer());
      assertThat(claims.getStringClaim("azp")).isEqualTo(GATEWAY);
      assertThat(claims.getStringClaim("client_id")).isEqualTo(GATEWAY);
      assertThat(claims.getAudience()).contains(BEHIND).doesNotContain("the-api");
      assertThat(claims.getSubject()).isNotEqualTo(callers.getJWTClaimsSet().getSubject());

      var identity = SignedJWT.parse(sent.values("Backlane-Identity").getFirst());
      var secret = IDENTITY_SECRET.getBytes(StandardCharsets.UTF_8);
      assertThat(identity.verify(new MACVerifier(secret))).isTrue();
      var caller = identity.getJWTClaimsSet();
      assertThat(caller.getStringClaim("tenant_id")).isEqualTo(TestGateway.TENANT);
      // Keycloak names the client of a user's token only in `azp`.
      assertThat(caller.getStringClaim("client_id")).isEqualTo(TestGateway.CLIENT);
      assertThat(caller.getSubject()).isEqualTo(callers.getJWTClaimsSet().getSubject());
    }
  }

  @Test
  void tokenExchangeKeepsSubject() throws Exception {
    try (var gateway = gateway("token-exchange")) {
      for (var callers : List.of(realm.tokenOfAUser(), realm.tokenOf(TestGateway.CLIENT))) {
        var sent = bearer(sent(gateway, callers));
        assertThat(sent.serialize()).isNotEqualTo(callers.serialize());
        var before = callers.getJWTClaimsSet();
        var after = sent.getJWTClaimsSet();
        assertThat(after.getIssuer()).isEqualTo(realm.issuer());
        assertThat(after.getSubject()).isNotBlank().isEqualTo(before.getSubject());
        assertThat(before.getStringClaim("azp")).isEqualTo(TestGateway.CLIENT);
        assertThat(after.getStringClaim("azp")).isEqualTo(GATEWAY);
        assertThat(after.getAudience()).containsExactly(BEHIND);
      }
    }
  }

  @Test
  void tokenExchangeFailsQueuedCallAfterSignOut() throws Exception {
    try (var gateway = gateway("token-exchange")) {
      var callers = realm.tokenOfAUser();
      var held = new HeldResponse();
      hold(gateway, held);
      var http = as(gateway, callers);
      var id = http.begin("/waiting");
      realm.endSessionsOf(callers.getJWTClaimsSet().getSubject());
      held.release();

      var state = http.awaitEnd(id);
      assertThat(state.status()).isEqualTo(Status.FAILED);
      assertThat(state.errorMessage())
          .startsWith("The gateway's token endpoint refused a token (invalid_request)");
      assertThat(gateway.api().received("/waiting")).isEmpty();
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
  void clientCredentialsAcceptExpiredTokenOfCaller() throws Exception {
    try (var gateway = gateway("client-credentials")) {
      var state = awaitEndOfCallWithExpiredToken(gateway);
      assertThat(state.status()).isEqualTo(Status.FINISHED);
      assertThat(state.statusCode()).isEqualTo(200);
      var sent = bearer(gateway.api().received("/waiting").getFirst());
      assertThat(sent.getJWTClaimsSet().getStringClaim("azp")).isEqualTo(GATEWAY);
    }
  }

  private static TestGateway gateway(String credentials, String... more) {
    var flags =
        new ArrayList<>(
            List.of(
                "--auth.issuer=" + realm.issuer(),
                "--auth.audience=the-api",
                "--auth.scope-prefix=",
                "--upstream.credentials=" + credentials));
    if (!credentials.equals("forward")) {
      flags.add("--upstream.token-url=" + realm.endpoint("token"));
      flags.add("--upstream.client-id=" + GATEWAY);
      flags.add("--upstream.client-secret=" + KeycloakRealm.SECRET);
      flags.add("--upstream.audience=" + BEHIND);
    }
    if (credentials.equals("client-credentials")) {
      flags.add("--upstream.identity-secret=" + IDENTITY_SECRET);
    }
    flags.addAll(List.of(more));
    // Each gateway is short-lived, so optimized compilation would only cost time.
    return TestGateway.with(
            "execution: { concurrency: 1, max-attempts: 2, backoff-initial: 50ms }\n")
        .jvmOptions("-XX:TieredStopAtLevel=1")
        .flags(flags)
        .start();
  }

  private static Http as(TestGateway gateway, SignedJWT token) {
    return gateway.http().as(token.serialize());
  }

  /// The last request that the upstream received for a call with a token.
  private static Received sent(TestGateway gateway, SignedJWT token) throws Exception {
    var http = as(gateway, token);
    var state = http.awaitEnd(http.begin("/call"));
    assertThat(state.statusCode()).as(String.valueOf(state.errorMessage())).isEqualTo(200);
    return gateway.api().received("/call").getLast();
  }

  private static SignedJWT bearer(Received sent) throws Exception {
    return SignedJWT.parse(sent.values("Authorization").getFirst().replaceFirst("^Bearer ", ""));
  }

  /// Blocks the only worker until the response is released.
  private static void hold(TestGateway gateway, HeldResponse held) throws Exception {
    gateway.api().on("/holding", held);
    as(gateway, realm.tokenOf(TestGateway.CLIENT)).begin("/holding");
    held.awaitRequest();
  }

  private static BackgroundRequestStateDto awaitEndOfCallWithExpiredToken(TestGateway gateway)
      throws Exception {
    var held = new HeldResponse();
    hold(gateway, held);
    var brief = realm.tokenOf(BRIEF_CLIENT);
    var id = as(gateway, brief).begin("/waiting");
    var over = brief.getJWTClaimsSet().getExpirationTime().toInstant();
    CompletableFuture.runAsync(
            held::release,
            CompletableFuture.delayedExecutor(
                Duration.between(Instant.now(), over.plusSeconds(1)).toMillis(),
                TimeUnit.MILLISECONDS))
        .join();
    return as(gateway, realm.tokenOf(BRIEF_CLIENT)).awaitEnd(id);
  }
}
