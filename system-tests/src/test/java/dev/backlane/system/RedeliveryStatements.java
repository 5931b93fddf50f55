package dev.backlane.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Json;
import dev.backlane.protocol.webhook.WebhookVerifier.Result;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// CONTRACT 2.4: what is delivered because an operator asks for it.
final class RedeliveryStatements {
  private final Stand stand;

  /// @param stand with [DeliveryAttemptStatements#SETTINGS]
  RedeliveryStatements(Stand stand) {
    this.stand = stand;
  }

  List<Statement> rows() {
    return List.of(
        new Statement("a delivery that failed is made anew, with its whole schedule", this::one),
        new Statement(
            "a delivery that succeeded is made anew, under the same webhook-id", this::again),
        new Statement(
            "what has failed since a time is made anew, of one subscription and of all",
            this::failedSince),
        new Statement("a test event reaches the subscription, signed", this::test));
  }

  private void one() throws Exception {
    try (var party = new Notified(stand, "redelivered")) {
      var operator = party.operator();
      var refused = Receiver.refusing(500);
      party.receiver().answers(refused, refused, refused, refused, refused, Receiver.accepting());
      var id = party.call();
      operator.awaitDelivery(id, "failed");
      operator.redeliver(id);
      // A receiver that failed five times in a row is left alone for ten seconds.
      var delivery = operator.awaitDelivery(id, "delivered");
      assertThat(delivery.statusCodes()).containsExactly(500, 500, 500, 500, 500, 200);
      assertThat(party.receiver().received()).extracting(Receiver::idOf).containsOnly(id);
    }
  }

  private void again() throws Exception {
    try (var party = new Notified(stand, "once-more")) {
      var subscription = party.subscribe();
      var id = party.call("subscription:x-job=7");
      party.operator().awaitDelivery(id, "delivered");
      party.operator().redeliver(id);
      var delivery = party.operator().awaitDelivery(id, "delivered", 2);
      assertThat(delivery.statusCodes()).containsExactly(200, 200);
      assertThat(party.receiver().received())
          .hasSize(2)
          .allSatisfy(each -> {
            assertThat(Receiver.idOf(each)).isEqualTo(id);
            assertThat(Receiver.header(each, "x-job")).isEqualTo("7");
            assertThat(Receiver.verified(each, subscription.secret())).isEqualTo(Result.GENUINE);
          });
    }
  }

  private void failedSince() throws Exception {
    try (var one = new Notified(stand, "failed-one");
        var other = new Notified(stand, "failed-other")) {
      var operator = one.operator();
      var subscription = one.subscribe();
      other.subscribe();
      var since = Instant.now();
      var idOfOne = failed(one);
      var between = Objects.requireNonNull(operator.delivery(idOfOne).endedUtc()).plusMillis(1);
      var idOfOther = failed(other);

      var mine = Operator.SUBSCRIPTIONS + "/" + subscription.id();
      assertThat(operator.redeliverFailed(mine, between)).isZero();
      assertThat(operator.redeliverFailed(mine, since)).isOne();
      operator.awaitDelivery(idOfOne, "delivered");
      assertThat(operator.delivery(idOfOther).state()).isEqualTo("failed");

      assertThat(operator.redeliverFailed(Operator.DELIVERIES, Instant.now())).isZero();
      assertThat(operator.redeliverFailed(Operator.DELIVERIES, since)).isOne();
      operator.awaitDelivery(idOfOther, "delivered");
      assertThat(operator.redeliverFailed(Operator.DELIVERIES, since)).isZero();
      assertThat(one.receiver().received()).hasSize(DeliveryAttemptStatements.ATTEMPTS + 1);
      assertThat(other.receiver().received()).hasSize(DeliveryAttemptStatements.ATTEMPTS + 1);
    }
  }

  /// A delivery whose schedule is used up, while its receiver accepts the next.
  private static String failed(Notified party) throws Exception {
    var refused = Receiver.refusing(500);
    party.receiver().answers(refused, refused, refused, refused, Receiver.accepting());
    var id = party.call("subscription");
    party.operator().awaitDelivery(id, "failed");
    return id;
  }

  private void test() throws Exception {
    try (var party = new Notified(stand, "tried")) {
      var subscription = party.subscribe();
      var answer =
          party
              .operator()
              .post(Operator.SUBSCRIPTIONS + "/" + subscription.id() + "/test", Map.of());
      assertThat(answer.status()).isEqualTo(202);
      var event = Json.read(answer.body(), DeliveryView.class);
      assertThat(event.state()).isEqualTo("due");
      assertThat(event.eventType()).isEqualTo("BACKLANE_TEST");
      var received = party.receiver().await(1).getFirst();
      assertThat(Receiver.idOf(received)).isEqualTo(event.id());
      assertThat(Receiver.verified(received, subscription.secret())).isEqualTo(Result.GENUINE);
      assertThat(new String(received.body(), UTF_8))
          .isEqualTo(event.body())
          .contains("\"eventType\":\"BACKLANE_TEST\"", subscription.id());
      party.operator().awaitDelivery(event.id(), "delivered");
    }
  }
}
