package dev.backlane.client;

import static dev.backlane.client.ScriptedServer.STATE;
import static dev.backlane.client.ScriptedServer.inTurn;
import static dev.backlane.client.ScriptedServer.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.backlane.client.auth.ClientCredentials;
import dev.backlane.client.auth.Credentials;
import dev.backlane.client.documented.ApiException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Waiting for the end of an operation, at a server that knows long polls and at a faulty one.
@Timeout(20)
class WaitingTest {
  private static final Duration WAIT = Duration.ofSeconds(15);
  private static final String STARTED =
      "{\"id\": \"op-1\", \"status\": \"Started\", \"phase\": \"running\"}";
  private static final String FAILED =
      "{\"id\": \"op-1\", \"status\": \"Failed\", \"errorMessage\": \"no\"}";

  private final ScriptedServer server = new ScriptedServer();
  private final Backlane backlane =
      Backlane.at(server.uri()).retryFor(Duration.ofMillis(800)).build();

  @AfterEach
  void stop() {
    backlane.close();
    server.close();
  }

  private Outcome await(Duration wait) throws Exception {
    return backlane.resume("op-1").await(wait);
  }

  @Test
  void pollsWithTheEntityTagAndReportsChangesOnce() throws Exception {
    server.on(
        STATE,
        inTurn(
            text(200, STARTED, "ETag: \"1\"", "Retry-After: 0"),
            text(304, "", "etag: \"1\"", "Retry-After: 0"),
            text(200, FAILED)));
    var seen = new ArrayList<String>();

    backlane.resume("op-1").await(WAIT, state -> seen.add(state.status()));

    assertThat(seen).containsExactly("Started", "Failed");
    var requests = server.received(STATE);
    assertThat(requests)
        .extracting(request -> request.header("if-none-match"))
        .containsExactly("", "\"1\"", "\"1\"");
    assertThat(requests.getFirst().header("prefer")).startsWith("wait=1");
  }

  @Test
  void pausesForAsLongAsTheServerAsks() throws Exception {
    server.on(STATE, inTurn(text(200, STARTED, "Retry-After: 2"), text(200, FAILED)));
    long begin = System.nanoTime();

    await(WAIT);

    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .isBetween(Duration.ofSeconds(2), Duration.ofSeconds(6));
  }

  @Test
  void asksAgainAtOnceIfTheServerHeldTheRequest() throws Exception {
    var turns = new AtomicInteger();
    server.on(
        STATE,
        (request, out) -> {
          boolean first = turns.getAndIncrement() == 0;
          if (first) {
            Thread.sleep(1100);
          }
          text(200, first ? STARTED : FAILED, "Retry-After: 60").respond(request, out);
        });

    assertThat(await(Duration.ofSeconds(2))).isInstanceOf(Outcome.Failed.class);
  }

  @Test
  void waitsThroughFailuresThatPass() throws Exception {
    server.on(
        STATE,
        inTurn(
            text(503, ""),
            (request, out) -> {},
            text(200, "<html>maintenance</html>"),
            text(200, FAILED)));
    try (var client = Backlane.at(server.uri()).build()) {
      assertThat(client.resume("op-1").await(WAIT)).isEqualTo(new Outcome.Failed("", "no"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "null", "[]", "<html>", "", "{\"status\": \"Finished\", "})
  void givesUpOnDocumentsThatAreNoState(String document) {
    server.on(STATE, text(200, document));

    assertThatThrownBy(() -> await(WAIT))
        .asInstanceOf(type(ApiException.class))
        .satisfies(failure -> {
          assertThat(failure.getCode()).isZero();
          assertThat(failure).hasMessageContaining("Is the base URI that of the API?");
        });
    assertThat(server.received(STATE)).hasSizeGreaterThan(1);
  }

  @Test
  void givesUpWhenTheServerIsAwayForTooLong() {
    server.on(STATE, text(503, ""));

    assertThatThrownBy(() -> await(WAIT))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("Reading the state of operation op-1 was refused with 503");
  }

  @ParameterizedTest
  @ValueSource(ints = {302, 400, 403, 404})
  void reportsARefusalAtOnce(int status) {
    server.on(STATE, text(status, "", "Location: /login"));

    assertThatThrownBy(() -> await(WAIT))
        .asInstanceOf(type(ApiException.class))
        .satisfies(failure -> assertThat(failure.getCode()).isEqualTo(status));
    assertThat(server.received(STATE)).hasSize(1);
  }

  @Test
  void renewsARefusedTokenOnce() {
    server.on(STATE, inTurn(text(200, STARTED), text(401, "")));
    server.on("POST /token", text(200, "{\"access_token\": \"a\", \"expires_in\": 3600}"));
    try (var client =
        Backlane.at(server.uri())
            .credentials(
                ClientCredentials.at(server.uri().resolve("/token")).client("a", "b").build())
            .build()) {
      assertThatThrownBy(() -> client.resume("op-1").await(WAIT))
          .isInstanceOf(ApiException.class)
          .hasMessageContaining("401. Check the access token");
    }
    assertThat(server.received(STATE)).hasSize(3);
    assertThat(server.received("POST /token")).hasSize(2);
  }

  @Test
  void waitsWhileTheTokenEndpointIsAway() throws Exception {
    server.on(STATE, text(200, FAILED));
    server.on(
        "POST /token",
        inTurn(text(503, ""), (request, out) -> {}, text(200, "{\"access_token\": \"a\"}")));
    try (var client =
        Backlane.at(server.uri())
            .credentials(
                ClientCredentials.at(server.uri().resolve("/token")).client("a", "b").build())
            .build()) {
      assertThat(client.resume("op-1").await(WAIT)).isInstanceOf(Outcome.Failed.class);
    }
  }

  @Test
  void keepsWaitingForAStatusThatItDoesNotKnow() throws Exception {
    server.on(
        STATE, inTurn(text(200, "{\"id\": \"op-1\", \"status\": \"Paused\"}"), text(200, FAILED)));

    assertThat(await(WAIT)).isInstanceOf(Outcome.Failed.class);
  }

  @Test
  void readsHeaderFieldsWithoutValues() throws Exception {
    server.finished("\"A\": null, \"content-TYPE\": \"text/plain\", \"\": \"x\"");

    assertThat(await(WAIT))
        .asInstanceOf(type(Outcome.Responded.class))
        .satisfies(responded -> {
          assertThat(responded.headers().firstValue("a")).hasValue("");
          assertThat(responded.body().contentType()).isEqualTo("text/plain");
        });
  }

  @Test
  void sendsTheTokenThatIsValidAtEachPoll() throws Exception {
    server.on(STATE, inTurn(text(200, STARTED), text(200, FAILED)));
    var count = new AtomicInteger();
    try (var client =
        Backlane.at(server.uri())
            .credentials(Credentials.supplier(() -> "t" + count.incrementAndGet()))
            .build()) {
      client.resume("op-1").await(WAIT);
    }
    assertThat(server.received(STATE))
        .extracting(request -> request.header("authorization"))
        .containsExactly("Bearer t1", "Bearer t2");
  }
}
