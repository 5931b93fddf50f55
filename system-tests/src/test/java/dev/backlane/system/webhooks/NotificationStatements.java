package dev.backlane.system.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.protocol.Json;
import dev.backlane.protocol.Phase;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.RecordingApi.Received;
import dev.backlane.system.support.Statement;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient;
import dev.backlane.system.support.webhooks.NotifiedClient;
import dev.backlane.system.support.webhooks.WebhookReceiver;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// CONTRACT 1.4 and 2.4: what a receiver gets.
final class NotificationStatements {
  private final TestGateway stand;

  /// @param stand with [DeliveryAttemptStatements#SETTINGS]
  NotificationStatements(TestGateway stand) {
    this.stand = stand;
  }

  List<Statement> rows() {
    return List.of(
        new Statement(
            "by URL: a POST of exactly the members of the contract, as application/json",
            this::byUrl),
        new Statement(
            "by subscription: the pairs come as headers, and reference in the body",
            this::bySubscription),
        new Statement(
            "a receiver at an IPv6 address is notified where its range is allowed",
            this::atIpv6IsTried),
        new Statement(
            "a call that the endpoint answers 400 notifies Finished with 400",
            () -> {
              stand.api().on("/answers-400", RecordingApi.answering(400, "wrong"));
              ends("ends-400", "/answers-400", "Finished", 400);
            }),
        new Statement(
            "a call that failed notifies Failed with 0",
            () -> {
              stand.api().on("/breaks", RecordingApi.breaking());
              ends("ends-failed", "/breaks", "Failed", 0);
            }),
        new Statement("a call that was canceled notifies Failed with 0", this::canceled),
        new Statement(
            "none notifies nobody",
            () -> {
              try (var party = new NotifiedClient(stand, "nobody")) {
                party.subscribe();
                var id = party.call("none");
                party.http().awaitEnd(id);
                var told = party.call();
                party.receiver().await(1);
                assertThat(party.receiver().received())
                    .extracting(WebhookReceiver::idOf)
                    .containsExactly(told);
                var answer = party.operator().http().get(AdminClient.DELIVERIES + "/" + id);
                answer.assertProblem(404, "not-found");
              }
            }));
  }

  private void byUrl() throws Exception {
    try (var party = new NotifiedClient(stand, "by-url")) {
      var id = party.call();
      var state = party.http().awaitEnd(id);
      var received = party.receiver().await(1).getFirst();
      isOf(received, state);
      var delivery = party.operator().awaitDelivery(id, "delivered");
      assertThat(delivery.url()).isEqualTo(party.receiver().url());
      assertThat(delivery.subscription()).isNull();
      assertThat(delivery.tenant()).isEqualTo(TestGateway.TENANT);
      assertThat(delivery.client()).isEqualTo(party.client());
      assertThat(delivery.eventType()).isEqualTo("BACKGROUND_API_RESPONSE");
    }
  }

  private static void isOf(Received received, BackgroundRequestStateDto state) {
    assertThat(received.method()).isEqualTo("POST");
    assertThat(WebhookReceiver.header(received, "Content-Type")).isEqualTo("application/json");
    assertThat(WebhookReceiver.header(received, "User-Agent")).startsWith("Backlane/");
    assertThat(received.values("Authorization")).isEmpty();
    assertThat(received.values("Cookie")).isEmpty();
    assertThat(WebhookReceiver.idOf(received)).isEqualTo(state.id());
    assertThat(Long.parseLong(WebhookReceiver.header(received, "webhook-timestamp")))
        .isBetween(
            Objects.requireNonNull(state.finishedUtc()).getEpochSecond(),
            Instant.now().getEpochSecond());
    var members = members(received);
    assertThat(members)
        .containsOnlyKeys(
            "id",
            "reference",
            "status",
            "statusCode",
            "stateLocation",
            "contentLocation",
            "eventType",
            "occurredUtc")
        .containsEntry("id", state.id())
        .containsEntry("reference", state.reference())
        .containsEntry("status", state.phase() == Phase.FINISHED ? "Finished" : "Failed")
        .containsEntry("statusCode", state.statusCode())
        .containsEntry("contentLocation", state.contentLocation())
        .containsEntry("stateLocation", state.contentLocation().replaceFirst("/content$", ""))
        .containsEntry("eventType", "BACKGROUND_API_RESPONSE")
        .containsEntry("occurredUtc", String.valueOf(state.finishedUtc()));
  }

  @SuppressWarnings("unchecked") // The names of a JSON object are strings.
  private static Map<String, Object> members(Received received) {
    return Json.read(received.body(), Map.class);
  }

  private void bySubscription() throws Exception {
    try (var party = new NotifiedClient(stand, "by-subscription")) {
      var subscription = party.subscribe();
      var id = party.call("subscription:X-Job=a job of mine,reference=invoice 7");
      var state = party.http().awaitEnd(id);
      var received = party.receiver().await(1).getFirst();
      isOf(received, state);
      assertThat(state.reference()).isEqualTo("invoice 7");
      assertThat(WebhookReceiver.header(received, "X-Job")).isEqualTo("a job of mine");
      var delivery = party.operator().awaitDelivery(id, "delivered");
      assertThat(delivery.subscription()).isEqualTo(subscription.id());
      assertThat(delivery.url()).isNull();
      assertThat(delivery.body()).isEqualTo(new String(received.body(), UTF_8));
    }
  }

  // Nobody listens there; that it is tried shows that it is allowed.
  private void atIpv6IsTried() throws Exception {
    try (var party = new NotifiedClient(stand, "at-ipv6")) {
      var id = party.call("http://[::1]:9/hook");
      var delivery = party.operator().awaitDelivery(id, "failed");
      assertThat(delivery.attempts())
          .allSatisfy(attempt ->
              assertThat(attempt.detail()).contains("[::1]").doesNotContain("not notified"));
    }
  }

  private void ends(String client, String path, String status, int statusCode) throws Exception {
    try (var party = new NotifiedClient(stand, client)) {
      var id =
          party.http().post(path, "{}", "erp-api-background", party.receiver().url()).acceptedId();
      told(party, id, status, statusCode);
    }
  }

  private static void told(NotifiedClient party, String id, String status, int statusCode)
      throws Exception {
    var state = party.http().awaitEnd(id);
    var received = party.receiver().await(1).getFirst();
    isOf(received, state);
    assertThat(members(received))
        .containsEntry("status", status)
        .containsEntry("statusCode", statusCode);
  }

  private void canceled() throws Exception {
    var gate = new HeldResponse();
    stand.api().on("/canceled", gate);
    try (var party = new NotifiedClient(stand, "canceled")) {
      var id =
          party
              .http()
              .post("/canceled", "{}", "erp-api-background", party.receiver().url())
              .acceptedId();
      gate.awaitRequest();
      assertThat(party.http().delete("/v1/background/" + id).status()).isIn(202, 204);
      told(party, id, "Failed", 0);
      assertThat(party.http().stateOf(id).state().phase()).isEqualTo(Phase.CANCELED);
    } finally {
      gate.open();
    }
  }
}
