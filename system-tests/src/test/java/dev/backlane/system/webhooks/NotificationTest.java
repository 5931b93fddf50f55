package dev.backlane.system.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.protocol.Json;
import dev.backlane.protocol.Phase;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.RecordingApi.Received;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient;
import dev.backlane.system.support.webhooks.NotifiedClient;
import dev.backlane.system.support.webhooks.WebhookReceiver;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// CONTRACT 1.4 and 2.4: the content of notifications.
@Timeout(90)
final class NotificationTest {
  @RegisterExtension
  static final TestGateway gateway = TestGateway.with(AdminClient.SETTINGS + DeliverySettings.YAML);

  @Test
  @DisplayName("by URL: a POST of exactly the members of the contract, as application/json")
  void postsExactlyContractMembers() throws Exception {
    try (var notified = new NotifiedClient(gateway, "by-url")) {
      var id = notified.call();
      var state = notified.http().awaitEnd(id);
      var received = notified.receiver().await(1).getFirst();
      assertDescribes(received, state);
      var delivery = notified.operator().awaitDelivery(id, "delivered");
      assertThat(delivery.url()).isEqualTo(notified.receiver().url());
      assertThat(delivery.subscription()).isNull();
      assertThat(delivery.tenant()).isEqualTo(TestGateway.TENANT);
      assertThat(delivery.client()).isEqualTo(notified.client());
      assertThat(delivery.eventType()).isEqualTo("BACKGROUND_API_RESPONSE");
    }
  }

  @Test
  @DisplayName("by subscription: pairs are sent as headers, and reference in the body")
  void sendsPairsAsHeaders() throws Exception {
    try (var notified = new NotifiedClient(gateway, "by-subscription")) {
      var subscription = notified.subscribe();
      var id = notified.call("subscription:X-Job=a job of mine,reference=invoice 7");
      var state = notified.http().awaitEnd(id);
      var received = notified.receiver().await(1).getFirst();
      assertDescribes(received, state);
      assertThat(state.reference()).isEqualTo("invoice 7");
      assertThat(WebhookReceiver.header(received, "X-Job")).isEqualTo("a job of mine");
      var delivery = notified.operator().awaitDelivery(id, "delivered");
      assertThat(delivery.subscription()).isEqualTo(subscription.id());
      assertThat(delivery.url()).isNull();
      assertThat(delivery.body()).isEqualTo(new String(received.body(), UTF_8));
    }
  }

  @Test
  @DisplayName("a receiver at an IPv6 address is notified if its range is allowed")
  void attemptsAllowedIpv6Address() throws Exception {
    // No server listens at this address; that the gateway attempts it shows that it is allowed.
    try (var notified = new NotifiedClient(gateway, "at-ipv6")) {
      var id = notified.call("http://[::1]:9/hook");
      var delivery = notified.operator().awaitDelivery(id, "failed");
      assertThat(delivery.attempts())
          .allSatisfy(attempt ->
              assertThat(attempt.detail()).contains("[::1]").doesNotContain("not notified"));
    }
  }

  @Test
  @DisplayName("a call to which the endpoint returns 400 notifies Finished with 400")
  void notifiesFinishedWith400() throws Exception {
    gateway.api().on("/returns-400", RecordingApi.responding(400, "wrong"));
    ends("ends-400", "/returns-400", "Finished", 400);
  }

  @Test
  @DisplayName("a failed call notifies Failed with 0")
  void notifiesFailedWith0() throws Exception {
    gateway.api().on("/breaks", RecordingApi.breaking());
    ends("ends-failed", "/breaks", "Failed", 0);
  }

  @Test
  @DisplayName("a canceled call notifies Failed with 0")
  void notifiesCanceledAsFailed() throws Exception {
    var held = new HeldResponse();
    gateway.api().on("/canceled", held);
    try (var notified = new NotifiedClient(gateway, "canceled")) {
      var id =
          notified
              .http()
              .post("/canceled", "{}", "erp-api-background", notified.receiver().url())
              .acceptedId();
      held.awaitRequest();
      assertThat(notified.http().delete("/v1/background/" + id).status()).isIn(202, 204);
      assertNotified(notified, id, "Failed", 0);
      assertThat(notified.http().stateOf(id).state().phase()).isEqualTo(Phase.CANCELED);
    } finally {
      held.release();
    }
  }

  @Test
  @DisplayName("`none` sends no notification")
  void sendsNothingForNone() throws Exception {
    try (var notified = new NotifiedClient(gateway, "not-notified")) {
      notified.subscribe();
      var id = notified.call("none");
      notified.http().awaitEnd(id);
      var second = notified.call();
      notified.receiver().await(1);
      assertThat(notified.receiver().received())
          .extracting(WebhookReceiver::idOf)
          .containsExactly(second);
      var response = notified.operator().http().get(AdminClient.DELIVERIES + "/" + id);
      response.assertProblem(404, "not-found");
    }
  }

  private static void assertDescribes(Received received, BackgroundRequestStateDto state) {
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

  private void ends(String client, String path, String status, int statusCode) throws Exception {
    try (var notified = new NotifiedClient(gateway, client)) {
      var id =
          notified
              .http()
              .post(path, "{}", "erp-api-background", notified.receiver().url())
              .acceptedId();
      assertNotified(notified, id, status, statusCode);
    }
  }

  private static void assertNotified(
      NotifiedClient notified, String id, String status, int statusCode) throws Exception {
    var state = notified.http().awaitEnd(id);
    var received = notified.receiver().await(1).getFirst();
    assertDescribes(received, state);
    assertThat(members(received))
        .containsEntry("status", status)
        .containsEntry("statusCode", statusCode);
  }
}
