package dev.backlane.system.operators;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.Http.Response;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What operators change: cancel, retry, pause and resume, and jobs on all that match.
@Timeout(90)
final class OperationActionsTest {
  private static final String OPERATIONS = "/admin/v1/operations/";
  private static final String PAUSES = "/admin/v1/pauses";
  private static final String JOBS = "/admin/v1/jobs";

  /// The gateway obtains no credentials of callers, so that retries need none.
  @RegisterExtension
  static final TestGateway gateway =
      TestGateway.with(
              AdminClient.SETTINGS
                  + """
                  execution: { max-attempts: 1, concurrency: 8 }
                  routes:
                    - { path: /paused/* }
                  """)
          .flags("--upstream.credentials=none");

  private final Http http = gateway.http();
  private final AdminClient operator = AdminClient.of(gateway);

  private Response post(String path) throws Exception {
    return operator.http().post(path, "");
  }

  private Map<String, Object> shown(String id) throws Exception {
    var response = operator.http().get(OPERATIONS + id);
    assertThat(response.status()).as(response.text()).isEqualTo(200);
    return response.json();
  }

  private static String id(Response response) {
    return String.valueOf(response.json().get("id"));
  }

  @Test
  @DisplayName("cancels an operation of any caller")
  void cancels() throws Exception {
    var response = new HeldResponse();
    gateway.api().on("/canceled", response);
    try {
      var running = http.begin("/canceled");
      response.awaitRequest();
      assertThat(post(OPERATIONS + running + "/cancel").status()).isEqualTo(202);
      assertThat(http.awaitEnd(running).errorCode()).isEqualTo("canceled");
      assertThat(shown(running).get("attempts")).asString().contains("aborted");
      post(OPERATIONS + running + "/cancel").assertProblem(409, "conflict");
    } finally {
      response.release();
    }
    assertThat(AdminClient.auditLog(gateway))
        .anySatisfy(entry -> assertThat(entry).containsEntry("action", "operation.cancel"));
  }

  @Test
  @DisplayName("retries a failed call as a new operation that refers to the failed one")
  void retries() throws Exception {
    gateway
        .api()
        .on(
            "/retried",
            RecordingApi.inTurn(
                RecordingApi.responding(500, "no"), RecordingApi.responding(200, "yes")));
    var failed = http.beginWith("POST", "/retried", "{\"n\":17}", "Backlane-Reference", "order 17");
    assertThat(http.awaitEnd(failed).statusCode()).isEqualTo(500);

    var made = post(OPERATIONS + failed + "/retry");
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    var retry = id(made);
    assertThat(made.header("Location")).endsWith(OPERATIONS + retry);
    assertThat(http.awaitEnd(retry).statusCode()).isEqualTo(200);
    assertThat(shown(retry))
        .containsEntry("retryOf", failed)
        .containsEntry("reference", "order 17")
        .containsEntry("tenant", TestGateway.TENANT)
        .containsEntry("client", TestGateway.CLIENT);
    assertThat(gateway.api().received("/retried"))
        .extracting(received -> new String(received.body(), UTF_8))
        .containsExactly("{\"n\":17}", "{\"n\":17}");

    var again = post(OPERATIONS + failed + "/retry");
    again.assertProblem(409, "conflict");
    assertThat(again.text()).contains(retry);
  }

  @Test
  @DisplayName("retries a large body")
  void retriesALargeBody() throws Exception {
    gateway
        .api()
        .on(
            "/large",
            RecordingApi.inTurn(
                RecordingApi.responding(500, "no"), RecordingApi.responding(200, "yes")));
    var body = "x".repeat(300_000);
    var failed = http.beginWith("POST", "/large", body);
    http.awaitEnd(failed);
    var retry = id(post(OPERATIONS + failed + "/retry"));
    assertThat(http.awaitEnd(retry).statusCode()).isEqualTo(200);
    assertThat(gateway.api().received("/large"))
        .extracting(received -> received.body().length)
        .containsExactly(body.length(), body.length());
  }

  @Test
  @DisplayName("asks for a confirmation where the upstream may have acted")
  void asksForAConfirmation() throws Exception {
    gateway
        .api()
        .on(
            "/unknown",
            RecordingApi.inTurn(RecordingApi.breaking(), RecordingApi.responding(200, "yes")));
    var unknown = http.beginWith("POST", "/unknown", "{}");
    assertThat(http.awaitEnd(unknown).errorCode()).isEqualTo("outcome-unknown");
    var refused = post(OPERATIONS + unknown + "/retry");
    refused.assertProblem(409, "confirmation-required");
    assertThat(refused.text()).contains("confirm=true");
    assertThat(gateway.api().received("/unknown")).hasSize(1);

    var made = post(OPERATIONS + unknown + "/retry?confirm=true");
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    assertThat(http.awaitEnd(id(made)).statusCode()).isEqualTo(200);

    var succeeded = http.begin("/succeeded");
    http.awaitEnd(succeeded);
    post(OPERATIONS + succeeded + "/retry").assertProblem(409, "confirmation-required");
    var get = http.beginWith("GET", "/succeeded", "");
    http.awaitEnd(get);
    assertThat(post(OPERATIONS + get + "/retry").status()).isEqualTo(201);
  }

  @Test
  @DisplayName("refuses actions that the state does not allow")
  void refusesOtherStates() throws Exception {
    var ended = http.begin("/ended");
    http.awaitEnd(ended);
    post(OPERATIONS + ended + "/resume").assertProblem(409, "conflict");
    post(OPERATIONS + ended + "/fail").assertProblem(409, "conflict");
    post(OPERATIONS + ended + "/unknown").assertProblem(404, "not-found");
    post(OPERATIONS + "018f3f2e-7f2a-7c3a-9c3a-0123456789ab/retry").assertProblem(404, "not-found");
    operator.http().get(OPERATIONS + ended + "/retry").assertProblem(405, "method-not-allowed");
    operator
        .post(OPERATIONS + ended + "/retry?confirm=true", Map.of("authorization", "Bearer x"))
        .assertProblem(409, "conflict");
    operator
        .post(
            OPERATIONS + ended + "/retry?confirm=true",
            Map.of("authorization", "Bearer " + AdminClient.TOKEN))
        .assertProblem(403, "forbidden");
  }

  @Test
  @DisplayName("a forwarded token is not kept, so a retry needs credentials")
  void needsCredentialsForARetry() throws Exception {
    try (var own = TestGateway.with(AdminClient.SETTINGS).start()) {
      own.api()
          .on(
              "/forwarded",
              RecordingApi.inTurn(
                  RecordingApi.responding(500, "no"), RecordingApi.responding(200, "yes")));
      var caller = own.http();
      var admin = AdminClient.of(own);
      var failed = caller.begin("/forwarded");
      caller.awaitEnd(failed);
      var refused = admin.http().post(OPERATIONS + failed + "/retry", "");
      refused.assertProblem(409, "conflict");
      assertThat(refused.text()).contains("authorization");
      var made =
          admin.post(
              OPERATIONS + failed + "/retry", Map.of("authorization", "Bearer fresh-credentials"));
      assertThat(made.status()).as(made.text()).isEqualTo(201);
      assertThat(caller.awaitEnd(id(made)).statusCode()).isEqualTo(200);
      assertThat(own.api().received("/forwarded").getLast().values("Authorization"))
          .containsExactly("Bearer fresh-credentials");
      assertThat(own.process().lines()).noneMatch(line -> line.contains("fresh-credentials"));
    }
  }

  @Test
  @DisplayName(
      "a pause keeps accepted calls from starting, until it is resumed, also after a restart")
  void pausesARoute() throws Exception {
    try (var own =
        TestGateway.with(AdminClient.SETTINGS + "routes: [{ path: /paused/* }]\n").start()) {
      var admin = AdminClient.of(own);
      var pause =
          admin.post(
              PAUSES, Map.of("scope", "route", "name", "/paused/*", "reason", "maintenance"));
      assertThat(pause.status()).as(pause.text()).isEqualTo(201);
      var waiting = own.http().begin("/paused/1");
      own.http().awaitEnd(own.http().begin("/other"));
      var reasons = String.valueOf(admin.http().get(OPERATIONS + waiting).json().get("waiting"));
      assertThat(reasons).contains("paused", "admin.token", "maintenance");

      own.crash();
      own.restart();
      admin = AdminClient.of(own);
      assertThat(admin.http().get(PAUSES).text()).contains("/paused/*", "maintenance");
      own.http().awaitEnd(own.http().begin("/other"));
      assertThat(own.api().received("/paused/1")).isEmpty();
      assertThat(admin.http().get(OPERATIONS + waiting).json()).containsEntry("phase", "queued");

      assertThat(
              admin
                  .post(PAUSES + "/resume", Map.of("scope", "route", "name", "/paused/*"))
                  .status())
          .isEqualTo(204);
      assertThat(own.http().awaitEnd(waiting).statusCode()).isEqualTo(200);
      admin
          .post(PAUSES + "/resume", Map.of("scope", "route", "name", "/paused/*"))
          .assertProblem(404, "not-found");
    }
  }

  @Test
  @DisplayName("pauses a tenant or the upstream, and refuses what does not exist")
  void pausesATenantOrTheUpstream() throws Exception {
    for (var pause :
        List.of(
            Map.<String, Object>of("scope", "tenant", "name", TestGateway.TENANT),
            Map.<String, Object>of("scope", "upstream"))) {
      assertThat(operator.post(PAUSES, pause).status()).isEqualTo(201);
      var waiting = http.begin("/waits");
      assertThat(shown(waiting)).containsEntry("phase", "queued");
      assertThat(operator.post(PAUSES + "/resume", pause).status()).isEqualTo(204);
      assertThat(http.awaitEnd(waiting).statusCode()).isEqualTo(200);
    }
    operator
        .post(PAUSES, Map.of("scope", "route", "name", "/no-such-route"))
        .assertProblem(400, "invalid-request");
    operator.post(PAUSES, Map.of("scope", "everything")).assertProblem(400, "invalid-request");
  }

  @Test
  @DisplayName("a job counts what matches first, then retries all of it")
  void retriesAllThatMatch() throws Exception {
    gateway.api().on("/bulk", RecordingApi.responding(500, "no"));
    var failed = new ArrayList<String>();
    for (int i = 0; i < 20; i++) {
      failed.add(http.begin("/bulk", "Backlane-Reference", "bulk"));
    }
    for (var id : failed) {
      http.awaitEnd(id);
    }
    gateway.api().on("/bulk", RecordingApi.responding(200, "yes"));
    Map<String, Object> filter =
        Map.of("action", "retry", "reference", "bulk", "statusCode", "500");

    var counted = ended(begun(with(filter, "dryRun", true)));
    assertThat(counted)
        .containsEntry("status", "finished")
        .containsEntry("matched", 20)
        .containsEntry("done", 0);
    assertThat(gateway.api().received("/bulk")).hasSize(20);

    var done = ended(begun(filter));
    assertThat(done).containsEntry("status", "finished").containsEntry("done", 20);
    var again = ended(begun(filter));
    assertThat(again).containsEntry("done", 0).containsEntry("matched", 20);
    assertThat(again.get("skipped")).asString().contains("retried already").contains("=20");
    assertThat(AdminClient.auditLog(gateway))
        .anySatisfy(entry ->
            assertThat(entry)
                .containsEntry("action", "operations.retry-matching")
                .containsEntry("target", "statusCode=500 reference=bulk"));
  }

  @Test
  @DisplayName("a job can be stopped, and the next jobs are not affected")
  void stopsAJob() throws Exception {
    operator.post(PAUSES, Map.of("scope", "upstream"));
    try {
      for (int i = 0; i < 50; i++) {
        http.begin("/stopped", "Backlane-Reference", "stopped");
      }
      Map<String, Object> filter = Map.of("action", "cancel", "reference", "stopped");
      var job = begun(filter);
      var stopped = post(JOBS + "/" + job + "/stop");
      assertThat(stopped.status()).as(stopped.text()).isEqualTo(202);
      assertThat(ended(job).get("status")).isIn("stopped", "finished");
      assertThat(ended(begun(filter))).containsEntry("status", "finished");
      assertThat(
              operator
                  .http()
                  .get("/admin/v1/operations/counts?reference=stopped")
                  .json()
                  .toString())
          .contains("canceled={count=50");
    } finally {
      operator.post(PAUSES + "/resume", Map.of("scope", "upstream"));
    }
    post(JOBS + "/none/stop").assertProblem(404, "not-found");
    operator.post(JOBS, Map.of("action", "cancel")).assertProblem(400, "invalid-request");
    operator
        .post(JOBS, Map.of("action", "delete", "reference", "x"))
        .assertProblem(400, "invalid-request");
  }

  private static Map<String, Object> with(Map<String, Object> members, String name, Object value) {
    var more = new HashMap<>(members);
    more.put(name, value);
    return more;
  }

  private String begun(Map<String, Object> request) throws Exception {
    var response = operator.post(JOBS, request);
    assertThat(response.status()).as(response.text()).isEqualTo(202);
    return id(response);
  }

  private Map<String, Object> ended(String job) throws Exception {
    return operator
        .http()
        .poll(JOBS + "/" + job, response -> !"running".equals(response.json().get("status")))
        .json();
  }
}
