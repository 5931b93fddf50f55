package dev.backlane.system.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.Statement;
import dev.backlane.system.support.TestGateway;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;

/// CONTRACT 2.1: a call that is made again with the same Idempotency-Key.
final class IdempotencyStatements {
  private static final String KEY = "Idempotency-Key";

  private final TestGateway stand;
  private final Http http;

  IdempotencyStatements(TestGateway stand) {
    this.stand = stand;
    this.http = stand.http();
  }

  List<Statement> rows() {
    var rows = new ArrayList<Statement>();
    rows.addAll(again());
    rows.addAll(others());
    return rows;
  }

  private List<Statement> again() {
    return List.of(
        new Statement(
            "Idempotency-Key again after the end gives the first operation's 202 again",
            () -> {
              var first =
                  http.post("/key/ended", "{}", "erp-api-background", "none", KEY, "k-ended");
              http.awaitEnd(first.acceptedId());
              var again =
                  http.post("/key/ended", "{}", "erp-api-background", "none", KEY, "k-ended");
              assertThat(again.status()).isEqualTo(202);
              assertThat(again.json()).isEqualTo(first.json());
              assertThat(again.header("Location")).isEqualTo(first.header("Location"));
              assertThat(stand.api().received("/key/ended")).hasSize(1);
            }),
        new Statement(
            "Idempotency-Key in flight is not an error: same id",
            () -> {
              var gate = new HeldResponse();
              stand.api().on("/key/flight", gate);
              var first = http.begin("/key/flight", KEY, "k-flight");
              gate.awaitRequest();
              assertThat(http.begin("/key/flight", KEY, "k-flight")).isEqualTo(first);
              gate.open();
              http.awaitEnd(first);
              assertThat(stand.api().received("/key/flight")).hasSize(1);
            }),
        new Statement("Idempotency-Key of several calls at once: one id, one call", this::atOnce));
  }

  private List<Statement> others() {
    return List.of(
        new Statement(
            "Idempotency-Key with another method is 422",
            () -> reused("k-method", "PUT", "/key/first", "{}")),
        new Statement(
            "Idempotency-Key with another path is 422",
            () -> reused("k-path", "POST", "/key/second", "{}")),
        new Statement(
            "Idempotency-Key with another query is 422",
            () -> reused("k-query", "POST", "/key/first?x=1", "{}")),
        new Statement(
            "Idempotency-Key with another body is 422",
            () -> reused("k-body", "POST", "/key/first", "{ }")),
        new Statement(
            "Idempotency-Key with no body instead of one is 422",
            () -> reused("k-empty", "POST", "/key/first", "")),
        new Statement(
            "another client has its own keys",
            () ->
                separate(
                    stand.http("other-client", TestGateway.TENANT, TestGateway.CLIENT),
                    "k-client")),
        new Statement(
            "another tenant has its own keys",
            () ->
                separate(stand.http(TestGateway.CLIENT, "sorlys", TestGateway.CLIENT), "k-tenant")),
        new Statement(
            "another key is another operation",
            () ->
                assertThat(http.begin("/key/other", KEY, "k-1"))
                    .isNotEqualTo(http.begin("/key/other", KEY, "k-2"))),
        new Statement(
            "Idempotency-Key of a call that was refused is still free",
            () -> {
              http.post("/key/free", "{}", "erp-api-background", "junk", KEY, "k-free")
                  .assertProblem(400, "invalid-background-header");
              http.awaitEnd(http.beginWith("POST", "/key/free", "other", KEY, "k-free"));
              assertThat(stand.api().received("/key/free")).hasSize(1);
            }));
  }

  private void atOnce() throws Exception {
    int calls = 8;
    var barrier = new CyclicBarrier(calls);
    Callable<String> call =
        () -> {
          barrier.await();
          return http.begin("/key/at-once", KEY, "k-at-once");
        };
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var answers = threads.invokeAll(Collections.nCopies(calls, call));
      var first = answers.getFirst().get();
      for (var answer : answers) {
        assertThat(answer.get()).isEqualTo(first);
      }
      http.awaitEnd(first);
    }
    assertThat(stand.api().received("/key/at-once")).hasSize(1);
  }

  private void reused(String key, String method, String path, String body) throws Exception {
    var first = http.begin("/key/first", KEY, key);
    var answer =
        http.send(method, path, body.getBytes(UTF_8), "erp-api-background", "none", KEY, key);
    answer.assertProblem(422, "idempotency-key-reuse");
    assertThat(http.begin("/key/first", KEY, key)).isEqualTo(first);
  }

  private void separate(Http other, String key) throws Exception {
    var mine = http.begin("/key/shared", KEY, key);
    var theirs = other.beginWith("POST", "/key/shared", "their own body", KEY, key);
    assertThat(theirs).isNotEqualTo(mine);
    assertThat(http.begin("/key/shared", KEY, key)).isEqualTo(mine);
  }
}
