package dev.backlane.system.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// CONTRACT 2.1: calls that are repeated with the same Idempotency-Key.
@Timeout(60)
sealed class IdempotencyContractTest
    permits ThroughNginxTest.Idempotency, ThroughHaproxyTest.Idempotency {
  private static final String KEY = "Idempotency-Key";

  @RegisterExtension
  static final TestGateway gateway =
      TestGateway.with("webhooks: { allow-cidrs: [\"127.0.0.0/8\"] }\n");

  @RegisterExtension
  static final TestGateway ofClients = TestGateway.with("").flags("--auth.ownership=client");

  @RegisterExtension
  static final TestGateway ofTenants = TestGateway.with("").flags("--auth.ownership=tenant");

  private final Http http = gateway.http();

  @Nested
  final class Repeated {
    @Test
    @DisplayName("a repeated key returns the first operation's 202 after the operation has ended")
    void returnsFirst202AfterEnd() throws Exception {
      var first = http.post("/key/ended", "{}", "erp-api-background", "none", KEY, "k-ended");
      http.awaitEnd(first.acceptedId());
      var again = http.post("/key/ended", "{}", "erp-api-background", "none", KEY, "k-ended");
      assertThat(again.status()).isEqualTo(202);
      assertThat(again.json()).isEqualTo(first.json());
      assertThat(again.header("Location")).isEqualTo(first.header("Location"));
      assertThat(gateway.api().received("/key/ended")).hasSize(1);
    }

    @Test
    @DisplayName("a repeated key returns the same id while the operation is in flight")
    void returnsSameIdInFlight() throws Exception {
      var held = new HeldResponse();
      gateway.api().on("/key/flight", held);
      var first = http.begin("/key/flight", KEY, "k-flight");
      held.awaitRequest();
      assertThat(http.begin("/key/flight", KEY, "k-flight")).isEqualTo(first);
      held.release();
      http.awaitEnd(first);
      assertThat(gateway.api().received("/key/flight")).hasSize(1);
    }

    @Test
    @DisplayName("concurrent calls with one key get one id and make one upstream call")
    void runsConcurrentCallsOnce() throws Exception {
      int calls = 8;
      var barrier = new CyclicBarrier(calls);
      Callable<String> call =
          () -> {
            barrier.await();
            return http.begin("/key/at-once", KEY, "k-at-once");
          };
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        var responses = threads.invokeAll(Collections.nCopies(calls, call));
        var first = responses.getFirst().get();
        for (var response : responses) {
          assertThat(response.get()).isEqualTo(first);
        }
        http.awaitEnd(first);
      }
      assertThat(gateway.api().received("/key/at-once")).hasSize(1);
    }
  }

  @Nested
  final class Different {
    @Test
    @DisplayName("a key with another method gets 422")
    void refusesOtherMethod() throws Exception {
      reused("k-method", "PUT", "/key/first", "{}");
    }

    @Test
    @DisplayName("a key with another path gets 422")
    void refusesOtherPath() throws Exception {
      reused("k-path", "POST", "/key/second", "{}");
    }

    @Test
    @DisplayName("a key with another query gets 422")
    void refusesOtherQuery() throws Exception {
      reused("k-query", "POST", "/key/first?x=1", "{}");
    }

    @Test
    @DisplayName("a key with another body gets 422")
    void refusesOtherBody() throws Exception {
      reused("k-body", "POST", "/key/first", "{ }");
    }

    @Test
    @DisplayName("a key without the first call's body gets 422")
    void refusesMissingBody() throws Exception {
      reused("k-empty", "POST", "/key/first", "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://127.0.0.2:9/a", "http://127.0.0.1:9/a?b", "none"})
    @DisplayName("a key with another notification gets 422")
    void refusesOtherNotification(String notification) throws Exception {
      var address = "http://127.0.0.1:9/a";
      var key = "k-notified-" + notification.length();
      var first = http.post("/key/notified", "{}", "erp-api-background", address, KEY, key);
      http.post("/key/notified", "{}", "erp-api-background", notification, KEY, key)
          .assertProblem(422, "idempotency-key-reuse");
      http.post("/key/notified", "{}", "Prefer", "respond-async", KEY, key)
          .assertProblem(422, "idempotency-key-reuse");
      assertThat(
              http.post("/key/notified", "{}", "erp-api-background", address, KEY, key)
                  .acceptedId())
          .isEqualTo(first.acceptedId());
    }

    @Test
    @DisplayName("another user of the client has its own keys")
    void separatesUsers() throws Exception {
      var alice = gateway.http("spa", TestGateway.TENANT, "alice");
      var bob = gateway.http("spa", TestGateway.TENANT, "bob");
      assertThat(bob.begin("/key/user", KEY, "k-user"))
          .isNotEqualTo(alice.begin("/key/user", KEY, "k-user"));
    }

    @Test
    @DisplayName("a user without a client gets no operation of another")
    void separatesUsersWithoutClient() throws Exception {
      for (var shared : List.of(gateway, ofClients, ofTenants)) {
        shared.api().on("/key/me", RecordingApi.responding(200, "mine"));
        var alice = shared.http("", TestGateway.TENANT, "alice");
        var bob = shared.http("", TestGateway.TENANT, "bob");
        var first = alice.begin("/key/me", KEY, "k-me");
        alice.awaitEnd(first);
        var second = bob.begin("/key/me", KEY, "k-me");
        assertThat(second).isNotEqualTo(first);
        assertThat(bob.awaitEnd(second).statusCode()).isEqualTo(200);
        assertThat(shared.api().received("/key/me")).hasSize(2);
      }
    }

    @Test
    @DisplayName("a caller that repeats another's call and waits gets no cookie of it")
    void hidesCookiesOfOtherCaller() throws Exception {
      ofClients.api().on("/key/cookie", RecordingApi.responding(200, "x", "Set-Cookie: sid=1"));
      var alice = ofClients.http("spa", TestGateway.TENANT, "alice");
      var bob = ofClients.http("spa", TestGateway.TENANT, "bob");
      var wait = new String[] {"Prefer", "respond-async, wait=10", KEY, "k-cookie"};
      var mine = alice.get("/key/cookie", wait);
      assertThat(mine.status()).isEqualTo(200);
      assertThat(mine.header("Set-Cookie")).isEqualTo("sid=1");
      var theirs = bob.get("/key/cookie", wait);
      assertThat(theirs.text()).isEqualTo("x");
      assertThat(theirs.headers().firstValue("Set-Cookie")).isEmpty();
      assertThat(ofClients.api().received("/key/cookie")).hasSize(1);
    }

    @Test
    @DisplayName("another client has its own keys")
    void separatesClients() throws Exception {
      separate(gateway.http("other-client", TestGateway.TENANT, TestGateway.CLIENT), "k-client");
    }

    @Test
    @DisplayName("another tenant has its own keys")
    void separatesTenants() throws Exception {
      separate(gateway.http(TestGateway.CLIENT, "sorlys", TestGateway.CLIENT), "k-tenant");
    }

    @Test
    @DisplayName("another key is another operation")
    void startsOperationPerKey() throws Exception {
      assertThat(http.begin("/key/other", KEY, "k-1"))
          .isNotEqualTo(http.begin("/key/other", KEY, "k-2"));
    }

    @Test
    @DisplayName("the key of a refused call can be used again")
    void freesKeyOfRefusedCall() throws Exception {
      http.post("/key/free", "{}", "erp-api-background", "junk", KEY, "k-free")
          .assertProblem(400, "invalid-background-header");
      http.awaitEnd(http.beginWith("POST", "/key/free", "other", KEY, "k-free"));
      assertThat(gateway.api().received("/key/free")).hasSize(1);
    }
  }

  @Test
  @DisplayName("a key expires with the retention")
  void freesKeyAfterRetention() throws Exception {
    try (var brief = TestGateway.with("retention: 1s\n").start()) {
      var caller = brief.http();
      var first = caller.begin("/key", KEY, "short-lived");
      long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (caller.begin("/key", KEY, "short-lived").equals(first)) {
        assertThat(System.nanoTime()).as("the key expires in time").isLessThan(end);
      }
    }
  }

  private void reused(String key, String method, String path, String body) throws Exception {
    var first = http.begin("/key/first", KEY, key);
    var response =
        http.send(method, path, body.getBytes(UTF_8), "erp-api-background", "none", KEY, key);
    response.assertProblem(422, "idempotency-key-reuse");
    assertThat(http.begin("/key/first", KEY, key)).isEqualTo(first);
  }

  private void separate(Http other, String key) throws Exception {
    var mine = http.begin("/key/shared", KEY, key);
    var theirs = other.beginWith("POST", "/key/shared", "their own body", KEY, key);
    assertThat(theirs).isNotEqualTo(mine);
    assertThat(http.begin("/key/shared", KEY, key)).isEqualTo(mine);
  }
}
