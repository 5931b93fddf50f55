package dev.backlane.system.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Json;
import dev.backlane.protocol.webhook.WebhookVerifier.Result;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient;
import dev.backlane.system.support.webhooks.DeliveryView;
import dev.backlane.system.support.webhooks.NotifiedClient;
import dev.backlane.system.support.webhooks.WebhookReceiver;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// CONTRACT 2.4: deliveries that an operator requests.
@Timeout(90)
final class RedeliveryTest {
  @RegisterExtension
  static final TestGateway gateway = TestGateway.with(AdminClient.SETTINGS + DeliverySettings.YAML);

  @Test
  @DisplayName("a failed delivery is repeated, with its whole schedule")
  void repeatsFailedDelivery() throws Exception {
    try (var notified = new NotifiedClient(gateway, "redelivered")) {
      var operator = notified.operator();
      var refused = WebhookReceiver.refusing(500);
      notified
          .receiver()
          .respondWith(refused, refused, refused, refused, refused, WebhookReceiver.accepting());
      var id = notified.call();
      operator.awaitDelivery(id, "failed");
      operator.redeliver(id);
      // After five failures in a row a receiver gets no attempt for ten seconds.
      var delivery = operator.awaitDelivery(id, "delivered");
      assertThat(delivery.statusCodes()).containsExactly(500, 500, 500, 500, 500, 200);
      assertThat(notified.receiver().received()).extracting(WebhookReceiver::idOf).containsOnly(id);
    }
  }

  @Test
  @DisplayName("a delivered notification is repeated with the same webhook-id")
  void repeatsSucceededDelivery() throws Exception {
    try (var notified = new NotifiedClient(gateway, "redelivered-success")) {
      var subscription = notified.subscribe();
      var id = notified.call("subscription:x-job=7");
      notified.operator().awaitDelivery(id, "delivered");
      notified.operator().redeliver(id);
      var delivery = notified.operator().awaitDelivery(id, "delivered", 2);
      assertThat(delivery.statusCodes()).containsExactly(200, 200);
      assertThat(notified.receiver().received())
          .hasSize(2)
          .allSatisfy(each -> {
            assertThat(WebhookReceiver.idOf(each)).isEqualTo(id);
            assertThat(WebhookReceiver.header(each, "x-job")).isEqualTo("7");
            assertThat(WebhookReceiver.verified(each, subscription.secret()))
                .isEqualTo(Result.GENUINE);
          });
    }
  }

  @Test
  @DisplayName("deliveries that failed since a time are repeated, for one subscription or for all")
  void repeatsFailedSinceTime() throws Exception {
    try (var one = new NotifiedClient(gateway, "failed-one");
        var other = new NotifiedClient(gateway, "failed-other")) {
      var operator = one.operator();
      var subscription = one.subscribe();
      other.subscribe();
      var since = Instant.now();
      var idOfOne = failed(one);
      var between = Objects.requireNonNull(operator.delivery(idOfOne).endedUtc()).plusMillis(1);
      var idOfOther = failed(other);

      var mine = AdminClient.SUBSCRIPTIONS + "/" + subscription.id();
      assertThat(operator.redeliverFailed(mine, between)).isZero();
      assertThat(operator.redeliverFailed(mine, since)).isOne();
      operator.awaitDelivery(idOfOne, "delivered");
      assertThat(operator.delivery(idOfOther).state()).isEqualTo("failed");

      assertThat(operator.redeliverFailed(AdminClient.DELIVERIES, Instant.now())).isZero();
      assertThat(operator.redeliverFailed(AdminClient.DELIVERIES, since)).isOne();
      operator.awaitDelivery(idOfOther, "delivered");
      assertThat(operator.redeliverFailed(AdminClient.DELIVERIES, since)).isZero();
      assertThat(one.receiver().received()).hasSize(DeliverySettings.ATTEMPTS + 1);
      assertThat(other.receiver().received()).hasSize(DeliverySettings.ATTEMPTS + 1);
    }
  }

  @Test
  @DisplayName("a test event reaches the subscription, signed")
  void sendsSignedTestEvent() throws Exception {
    try (var notified = new NotifiedClient(gateway, "tried")) {
      var subscription = notified.subscribe();
      var response =
          notified
              .operator()
              .post(AdminClient.SUBSCRIPTIONS + "/" + subscription.id() + "/test", Map.of());
      assertThat(response.status()).isEqualTo(202);
      var event = Json.read(response.body(), DeliveryView.class);
      assertThat(event.state()).isEqualTo("due");
      assertThat(event.eventType()).isEqualTo("BACKLANE_TEST");
      var received = notified.receiver().await(1).getFirst();
      assertThat(WebhookReceiver.idOf(received)).isEqualTo(event.id());
      assertThat(WebhookReceiver.verified(received, subscription.secret()))
          .isEqualTo(Result.GENUINE);
      assertThat(new String(received.body(), UTF_8))
          .isEqualTo(event.body())
          .contains("\"eventType\":\"BACKLANE_TEST\"", subscription.id());
      notified.operator().awaitDelivery(event.id(), "delivered");
    }
  }

  /// A delivery that has failed after its last attempt; the receiver accepts the next one.
  private static String failed(NotifiedClient notified) throws Exception {
    var refused = WebhookReceiver.refusing(500);
    notified
        .receiver()
        .respondWith(refused, refused, refused, refused, WebhookReceiver.accepting());
    var id = notified.call("subscription");
    notified.operator().awaitDelivery(id, "failed");
    return id;
  }
}
