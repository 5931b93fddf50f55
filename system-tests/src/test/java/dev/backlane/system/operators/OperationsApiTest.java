package dev.backlane.system.operators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// `/admin/v1/operations`: what an operator finds, and what is shown of one operation.
@Timeout(60)
final class OperationsApiTest {
  private static final String OPERATIONS = "/admin/v1/operations";
  private static final String READ_TOKEN = "read-Lw3Zt8QpYb5Xn1Vk7Rg4Hs9McUd2";

  @RegisterExtension
  static final TestGateway gateway =
      TestGateway.with(
          """
          admin: { token: %s, read-token: %s }
          execution: { max-attempts: 2, backoff-initial: 1ms }
          routes:
            - { path: /slow/*, concurrency: 1 }
          """
              .formatted(AdminClient.TOKEN, READ_TOKEN));

  private final Http http = gateway.http();
  private final Http reader = http.as(READ_TOKEN);

  @Test
  @DisplayName(
      "shows an operation with its attempts, its caller and its sizes, without credentials")
  void showsAnOperation() throws Exception {
    gateway
        .api()
        .on(
            "/retried",
            RecordingApi.inTurn(
                RecordingApi.responding(503, "later", "Retry-After: 0"),
                RecordingApi.responding(200, "done", "Set-Cookie: secret=1", "X-Shown: yes")));
    var trace = "0af7651916cd43dd8448eb211c80319c";
    var id =
        http.begin(
            "/retried?a=1",
            "Backlane-Reference",
            "order 17",
            "traceparent",
            "00-" + trace + "-b7ad6b7169203331-01",
            "Cookie",
            "session=of-the-caller",
            "X-Api-Key",
            "key-of-the-caller",
            "X-Kept",
            "shown");
    http.awaitEnd(id);

    var response = reader.get(OPERATIONS + "/" + id);
    assertThat(response.status()).as(response.text()).isEqualTo(200);
    var document = response.json();
    assertThat(document)
        .containsEntry("id", id)
        .containsEntry("state", "Finished")
        .containsEntry("phase", "finished")
        .containsEntry("statusCode", 200)
        .containsEntry("errorCode", null)
        .containsEntry("tenant", TestGateway.TENANT)
        .containsEntry("client", TestGateway.CLIENT)
        .containsEntry("route", "")
        .containsEntry("target", "/retried?a=1")
        .containsEntry("reference", "order 17")
        .containsEntry("attempt", 2)
        .containsEntry("responseBytes", 4)
        .containsEntry("retryOf", null)
        .containsEntry("traceId", trace)
        .containsEntry("waiting", null)
        .containsEntry("delivery", null)
        .containsEntry("actions", List.of("retry"));
    var attempts = maps(document.get("attempts"));
    assertThat(attempts).extracting(each -> each.get("number")).containsExactly(1, 2);
    assertThat(attempts).extracting(each -> each.get("statusCode")).containsExactly(503, 200);
    assertThat(attempts).extracting(each -> each.get("result")).containsOnly("responded");
    assertThat(attempts)
        .allSatisfy(each -> {
          assertThat(Instant.parse(String.valueOf(each.get("startedUtc"))))
              .isBetween(time(document, "receivedUtc"), Instant.now());
          assertThat(each.get("tookMillis")).isInstanceOf(Integer.class);
          assertThat(String.valueOf(each.get("node"))).isNotBlank();
        });
    assertThat(maps(document.get("requestHeaders")))
        .contains(Map.of("name", "X-Kept", "value", "shown"));
    assertThat(maps(document.get("responseHeaders")))
        .contains(Map.of("name", "X-Shown", "value", "yes"));
    assertThat(response.text())
        .doesNotContain("of-the-caller", "secret=1", http.token(), "Set-Cookie");
  }

  @Test
  @DisplayName("finds operations by each filter, and counts them by phase")
  void findsOperations() throws Exception {
    gateway.api().on("/found/fails", RecordingApi.breaking());
    gateway.api().on("/found/500", RecordingApi.responding(500, "no"));
    var failed = http.beginWith("POST", "/found/fails", "{}");
    var refused = http.beginWith("POST", "/found/500", "{}", "Backlane-Reference", "found");
    http.awaitEnd(failed);
    http.awaitEnd(refused);

    assertThat(found("phase=failed&errorCode=outcome-unknown")).contains(failed);
    assertThat(found("state=Failed&error=OUTCOME")).contains(failed).doesNotContain(refused);
    assertThat(found("statusCode=500")).containsExactly(refused);
    assertThat(found("reference=found")).containsExactly(refused);
    assertThat(found("phase=failed,finished&tenant=" + TestGateway.TENANT))
        .contains(failed, refused);
    assertThat(found("tenant=" + TestGateway.TENANT + "&client=" + TestGateway.CLIENT))
        .contains(failed, refused);
    assertThat(found("tenant=other")).isEmpty();
    assertThat(found("route=other")).isEmpty();
    assertThat(found("statusCode=500&receivedAfter=" + Instant.now())).isEmpty();
    assertThat(found("statusCode=500&receivedBefore=" + Instant.now())).containsExactly(refused);

    var counts = reader.get(OPERATIONS + "/counts?statusCode=500").json();
    assertThat(counts)
        .isEqualTo(Map.of("phases", Map.of("finished", Map.of("count", 1, "atLeast", false))));
    assertThat(reader.get(OPERATIONS + "/counts").json().get("phases"))
        .asString()
        .contains("queued", "retrying", "running", "held", "finished", "failed", "canceled");
  }

  @Test
  @DisplayName("pages continue with the cursor, and the last has none")
  void continuesWithTheCursor() throws Exception {
    for (int i = 0; i < 3; i++) {
      http.awaitEnd(http.begin("/paged", "Backlane-Reference", "paged"));
    }
    var first = reader.get(OPERATIONS + "?reference=paged&limit=2").json();
    assertThat(maps(first.get("items"))).hasSize(2);
    assertThat(first).containsEntry("incomplete", false);
    var last =
        reader
            .get(OPERATIONS + "?reference=paged&limit=2&cursor=" + first.get("nextCursor"))
            .json();
    assertThat(maps(last.get("items"))).hasSize(1);
    assertThat(last).containsEntry("nextCursor", null);
  }

  @Test
  @DisplayName("says why an operation waits: a limit, and how many start before it")
  void showsWhyAnOperationWaits() throws Exception {
    var response = new HeldResponse();
    gateway.api().on("/slow/1", response);
    try {
      var running = http.begin("/slow/1");
      response.awaitRequest();
      var first = http.begin("/slow/2");
      var second = http.begin("/slow/3");
      assertThat(reader.get(OPERATIONS + "/" + running).json())
          .containsEntry("phase", "running")
          .containsEntry("actions", List.of("cancel"))
          .doesNotContainEntry("node", null);
      assertThat(ahead(first)).isEqualTo(0);
      assertThat(ahead(second)).isEqualTo(1);
      var waiting = waiting(second);
      assertThat(maps(waiting.get("reasons")))
          .singleElement()
          .satisfies(reason -> {
            assertThat(reason).containsEntry("code", "limit");
            assertThat(String.valueOf(reason.get("detail"))).contains("1 of at most 1", "/slow/*");
          });
      assertThat(found("phase=queued&route=/slow/*")).containsExactly(second, first);
    } finally {
      response.release();
    }
  }

  private Object ahead(String id) throws Exception {
    return Objects.requireNonNull(waiting(id).get("ahead"));
  }

  @SuppressWarnings("unchecked") // The names of a JSON object are strings.
  private Map<String, Object> waiting(String id) throws Exception {
    var document = reader.get(OPERATIONS + "/" + id).json();
    return (Map<String, Object>) Objects.requireNonNull(document.get("waiting"));
  }

  @Test
  @DisplayName("refuses a filter that it does not understand, and names what is permitted")
  void refusesMalformedFilters() throws Exception {
    for (var query :
        List.of(
            "phase=lost",
            "state=started",
            "errorCode=none",
            "statusCode=abc",
            "statusCode=99",
            "receivedAfter=yesterday",
            "limit=201",
            "cursor=x",
            "state=Failed&phase=queued")) {
      reader.get(OPERATIONS + "?" + query).assertProblem(400, "invalid-request");
    }
    assertThat(reader.get(OPERATIONS + "?phase=lost").text()).contains("retrying");
    reader.get(OPERATIONS + "/x").assertProblem(404, "not-found");
    reader
        .get(OPERATIONS + "/018f3f2e-7f2a-7c3a-9c3a-0123456789ab")
        .assertProblem(404, "not-found");
  }

  @Test
  @DisplayName("admin.read-token sees everything and changes nothing")
  void readTokenChangesNothing() throws Exception {
    for (var path :
        List.of(
            OPERATIONS,
            OPERATIONS + "/counts",
            OPERATIONS + "/held",
            AdminClient.SUBSCRIPTIONS,
            AdminClient.DELIVERIES,
            "/admin/v1/openapi.json",
            "/metrics")) {
      assertThat(reader.get(path).status()).as(path).isEqualTo(200);
    }
    var id = http.begin("/read-only");
    for (var path :
        List.of(
            OPERATIONS + "/held/fail",
            OPERATIONS + "/" + id + "/cancel",
            AdminClient.SUBSCRIPTIONS,
            AdminClient.DELIVERIES + "/redeliver")) {
      reader.post(path, "{}").assertProblem(403, "forbidden");
    }
    var browser = Browser.at(gateway).signedIn(READ_TOKEN);
    assertThat(browser.get("/ui").status()).isEqualTo(200);
    // It does not leave for the upstream.
    reader.get("/elsewhere").assertProblem(403, "forbidden");
    assertThat(gateway.api().received("/elsewhere")).isEmpty();
  }

  @Test
  @DisplayName("the OpenAPI document has the address of operators")
  void servesItsDescription() throws Exception {
    var document = reader.get("/admin/v1/openapi.json").json();
    assertThat(document).containsEntry("openapi", "3.1.0");
    assertThat(document.get("servers")).asString().contains(gateway.url().toString());
    var operator = http.as(AdminClient.TOKEN);
    var paths = (Map<?, ?>) Objects.requireNonNull(document.get("paths"));
    for (var path : paths.entrySet()) {
      for (var method : ((Map<?, ?>) path.getValue()).keySet()) {
        var target = String.valueOf(path.getKey()).replace("{id}", "none");
        var status =
            operator
                .send(String.valueOf(method).toUpperCase(Locale.ROOT), target, new byte[0])
                .status();
        assertThat(status).as(method + " " + target).isNotEqualTo(405);
        if (!target.contains("none")) {
          assertThat(status).as(method + " " + target).isNotEqualTo(404);
        }
      }
    }
    http.as("").get("/admin/v1/openapi.json").assertProblem(401, "unauthorized");
  }

  private List<String> found(String query) throws Exception {
    var response = reader.get(OPERATIONS + "?limit=200&" + query);
    assertThat(response.status()).as(response.text()).isEqualTo(200);
    return maps(response.json().get("items")).stream()
        .map(each -> String.valueOf(each.get("id")))
        .toList();
  }

  private static Instant time(Map<String, Object> document, String name) {
    return Instant.parse(String.valueOf(document.get(name)));
  }

  @SuppressWarnings("unchecked") // The names of a JSON object are strings.
  private static List<Map<String, Object>> maps(@Nullable Object items) {
    return items instanceof List<?> l ? (List<Map<String, Object>>) (List<?>) l : List.of();
  }
}
