package dev.backlane.system.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.protocol.Status;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.TestGateway;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// CONTRACT 1.2: which callers may read a state, and which ids have none.
@Timeout(60)
final class StateAccessContractTest {
  private static final String UNKNOWN = "019aa000-0000-7000-8000-00000000000a";

  @RegisterExtension static final TestGateway gateway = TestGateway.with("");

  @RegisterExtension
  static final TestGateway ofClients = TestGateway.with("").flags("--auth.ownership=client");

  @RegisterExtension
  static final TestGateway ofTenants = TestGateway.with("").flags("--auth.ownership=tenant");

  private final Http http = gateway.http();

  @ParameterizedTest(name = "''{0}''")
  @MethodSource("malformedIds")
  @DisplayName("a malformed id gets 404 like an unknown one")
  void returns404ForMalformedId(String id) throws Exception {
    http.stateOf(id).assertProblem(404, "not-found");
  }

  @Nested
  final class Access {
    @Test
    @DisplayName("403 for another tenant, even with the same client and user")
    void refusesOtherTenant() throws Exception {
      reads(gateway.http(TestGateway.CLIENT, "sorlys", TestGateway.CLIENT), 403);
    }

    @Test
    @DisplayName("403 for another client and user of the same tenant")
    void refusesOtherClientAndUser() throws Exception {
      reads(gateway.http("other-client", TestGateway.TENANT, "other-user"), 403);
    }

    @Test
    @DisplayName("what a client started for no user, its users may read")
    void allowsUsersOfClient() throws Exception {
      reads(gateway.http(TestGateway.CLIENT, TestGateway.TENANT, "other-user"), 200);
    }

    @Test
    @DisplayName("a subject that is the client's name is no user of another client")
    void refusesSubjectOfClientName() throws Exception {
      reads(gateway.http("other-client", TestGateway.TENANT, TestGateway.CLIENT), 403);
    }

    @Test
    @DisplayName("401 without a token, with WWW-Authenticate")
    void challengesMissingToken() throws Exception {
      challenged("");
    }

    @Test
    @DisplayName("401 with a malformed token, with WWW-Authenticate")
    void challengesMalformedToken() throws Exception {
      challenged("junk");
    }

    @Test
    @DisplayName("401 with another issuer's token, with WWW-Authenticate")
    void challengesTokenOfOtherIssuer() throws Exception {
      try (var issuer = TestGateway.newIssuer()) {
        challenged(
            issuer.issue(
                TestGateway.CLIENT, TestGateway.TENANT, TestGateway.CLIENT, TestGateway.SCOPES));
      }
    }

    @Test
    @DisplayName("404 for an unknown id")
    void returns404ForUnknownId() throws Exception {
      http.stateOf(UNKNOWN).assertProblem(404, "not-found");
    }

    @Test
    @DisplayName("another tenant gets the same 404 for an unknown id")
    void returns404ForUnknownIdOfOtherTenant() throws Exception {
      gateway
          .http("other-client", "sorlys", "other-user")
          .stateOf(UNKNOWN)
          .assertProblem(404, "not-found");
    }
  }

  /// Everything that reads or changes an operation follows one rule.
  @ParameterizedTest(name = "{0}: started by {1} for {2}, accessed by {3} for {4}: {5}")
  @CsvSource({
    "user, spa, alice, spa, alice, true",
    "user, spa, alice, spa, bob, false",
    "user, spa, alice, phone, alice, true",
    "user, spa, alice, spa, spa, false",
    "user, '', alice, '', bob, false",
    "user, '', alice, '', alice, true",
    "client, spa, alice, spa, bob, true",
    "client, spa, alice, spa, spa, true",
    "client, spa, alice, phone, alice, false",
    "client, '', alice, '', bob, false",
    "client, '', alice, '', alice, true",
    "tenant, spa, alice, phone, bob, true",
    "tenant, '', alice, '', bob, true",
  })
  @DisplayName("auth.ownership decides about state, wait, content, list and cancel")
  void followsOwnership(
      String ownership, String client, String user, String otherClient, String other, boolean may)
      throws Exception {
    var shared =
        switch (ownership) {
          case "client" -> ofClients;
          case "tenant" -> ofTenants;
          default -> gateway;
        };
    var starter = shared.http(client, TestGateway.TENANT, user);
    var accessor = shared.http(otherClient, TestGateway.TENANT, other);
    var ended = starter.begin("/owned");
    starter.awaitEnd(ended);
    var held = new HeldResponse();
    shared.api().on("/owned/held", held);
    var running = starter.begin("/owned/held");
    held.awaitRequest();
    assertAccess(accessor.stateOf(ended), may, 200);
    assertAccess(accessor.get("/v1/background/" + ended + "?wait=1"), may, 200);
    assertAccess(accessor.contentOf(ended), may, 200);
    assertThat(accessor.get("/v1/background?limit=200").page().items())
        .extracting(BackgroundRequestStateDto::id)
        .satisfies(ids -> assertThat(ids.contains(ended)).isEqualTo(may));
    assertAccess(accessor.delete("/v1/background/" + running), may, 202);
    held.release();
    assertThat(starter.awaitEnd(running).status()).isEqualTo(may ? Status.FAILED : Status.FINISHED);
    var stranger = shared.http(client, "sorlys", user);
    stranger.stateOf(ended).assertProblem(403, "forbidden");
    assertThat(stranger.get("/v1/background").page().items()).isEmpty();
  }

  private static void assertAccess(Http.Response response, boolean may, int status) {
    if (may) {
      assertThat(response.status()).isEqualTo(status);
    } else {
      response.assertProblem(403, "forbidden");
    }
  }

  static List<String> malformedIds() {
    return List.of(
        "",
        "x",
        "content",
        UNKNOWN + "/",
        UNKNOWN + "/other",
        UNKNOWN.toUpperCase(Locale.ROOT),
        UNKNOWN.replace("-", ""),
        "%7B" + UNKNOWN.substring(1),
        UNKNOWN + "0",
        UNKNOWN.substring(1),
        "%30" + UNKNOWN.substring(1),
        "019aa000-0000-7000-8000-00000000000g",
        "019aa000-0-7000-8000-00000000000a",
        UUID.randomUUID().toString(),
        "00000000-0000-0000-0000-000000000000",
        "..%2f" + UNKNOWN,
        "019aa000-0000-7000-8000-00000000000%00");
  }

  private void reads(Http reader, int status) throws Exception {
    var response = reader.stateOf(http.begin("/read"));
    if (status == 403) {
      response.assertProblem(403, "forbidden");
    } else {
      assertThat(response.status()).isEqualTo(status);
    }
  }

  private void challenged(String token) throws Exception {
    var response = http.as(token).stateOf(http.begin("/read"));
    response.assertProblem(401, "unauthorized");
    assertThat(response.header("WWW-Authenticate")).startsWith("Bearer");
  }
}
