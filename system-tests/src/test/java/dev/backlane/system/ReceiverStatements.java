package dev.backlane.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.WebhookVerifier.Result;
import java.util.List;
import java.util.Map;

/// CONTRACT 2.4: what becomes of deliveries when their subscription changes.
final class ReceiverStatements {
  private final Stand stand;

  /// @param stand with [DeliveryAttemptStatements#SETTINGS]
  ReceiverStatements(Stand stand) {
    this.stand = stand;
  }

  List<Statement> rows() {
    return List.of(
        new Statement(
            "410 disables the subscription: it counts as none, until it is enabled again",
            this::goneDisables),
        new Statement(
            "410 to a URL in the header ends the delivery, and disables nothing", this::goneAtUrl),
        new Statement(
            "a subscription that points elsewhere gets what is due already there", this::changed),
        new Statement(
            "what is due to a subscription that is removed fails, with the reason", this::removed),
        new Statement(
            "what is due to a subscription that is disabled fails, with the reason",
            this::disabled),
        new Statement(
            "a subscription of no tenant serves the client in all tenants", this::ofAllTenants));
  }

  private void goneDisables() throws Exception {
    try (var party = new Notified(stand, "gone")) {
      var operator = party.operator();
      var subscription = party.subscribe();
      party.receiver().answers(Receiver.refusing(410), Receiver.accepting());
      var delivery = operator.awaitDelivery(party.call("subscription"), "failed");
      assertThat(delivery.statusCodes()).containsExactly(410);
      assertThat(delivery.reason()).startsWith("the receiver answered 410 Gone");
      assertThat(operator.awaitDisabled(subscription.id()))
          .isEqualTo("the receiver answered 410 Gone");
      assertThat(operator.subscription(subscription.id())).doesNotContainEntry("disabledUtc", null);
      party
          .http()
          .post(Notified.JOB, "{}", "erp-api-background", "subscription")
          .assertProblem(422, "no-subscription");

      operator.change(subscription.id(), Map.of("enabled", true));
      assertThat(operator.subscription(subscription.id()))
          .containsEntry("enabled", true)
          .containsEntry("disabledUtc", null)
          .containsEntry("disabledReason", null);
      operator.awaitDelivery(party.call("subscription"), "delivered");
      assertThat(party.receiver().received()).hasSize(2);
    }
  }

  private void goneAtUrl() throws Exception {
    try (var party = new Notified(stand, "gone-at-url")) {
      var subscription = party.subscribe();
      party.receiver().answers(Receiver.refusing(410), Receiver.accepting());
      var delivery = party.operator().awaitDelivery(party.call(), "failed");
      assertThat(delivery.statusCodes()).containsExactly(410);
      party.operator().awaitDelivery(party.call("subscription"), "delivered");
      assertThat(party.operator().subscription(subscription.id())).containsEntry("enabled", true);
    }
  }

  /// What is done while a first attempt is at the receiver, which then refuses it.
  @FunctionalInterface
  private interface Meanwhile {
    void happens(String subscription) throws Exception;
  }

  private String refusedWhile(Notified party, Meanwhile meanwhile) throws Exception {
    var subscription = party.subscribe();
    var gate = new Gate(Receiver.refusing(500));
    party.receiver().answers(gate);
    var id = party.call("subscription");
    gate.awaitRequest();
    meanwhile.happens(subscription.id());
    gate.open();
    return id;
  }

  private void changed() throws Exception {
    try (var party = new Notified(stand, "moving");
        var elsewhere = new Receiver()) {
      var operator = party.operator();
      var id =
          refusedWhile(
              party, subscription -> operator.change(subscription, Map.of("url", elsewhere.url())));
      assertThat(operator.awaitDelivery(id, "delivered").statusCodes()).containsExactly(500, 200);
      assertThat(party.receiver().received()).hasSize(1);
      assertThat(elsewhere.received()).extracting(Receiver::idOf).containsExactly(id);
    }
  }

  private void removed() throws Exception {
    try (var party = new Notified(stand, "removed")) {
      var operator = party.operator();
      var id =
          refusedWhile(
              party,
              subscription ->
                  assertThat(
                          operator
                              .http()
                              .delete(Operator.SUBSCRIPTIONS + "/" + subscription)
                              .status())
                      .isEqualTo(204));
      var delivery = operator.awaitDelivery(id, "failed");
      assertThat(delivery.reason()).isEqualTo("the subscription was deleted");
      assertThat(party.receiver().received()).hasSize(1);
      party
          .http()
          .post(Notified.JOB, "{}", "erp-api-background", "subscription")
          .assertProblem(422, "no-subscription");
    }
  }

  private void disabled() throws Exception {
    try (var party = new Notified(stand, "disabled")) {
      var operator = party.operator();
      var id =
          refusedWhile(
              party, subscription -> operator.change(subscription, Map.of("enabled", false)));
      assertThat(operator.awaitDelivery(id, "failed").reason())
          .isEqualTo("the subscription is disabled: an operator disabled it");
      assertThat(party.receiver().received()).hasSize(1);
    }
  }

  private void ofAllTenants() throws Exception {
    try (var party = new Notified(stand, "everywhere")) {
      var operator = party.operator();
      var made =
          operator
              .post(
                  Operator.SUBSCRIPTIONS,
                  Map.of("client", party.client(), "url", party.receiver().url()))
              .json();
      var secret = String.valueOf(made.get("secret"));
      for (String tenant : List.of(Stand.TENANT, "another-company")) {
        stand
            .http(party.client(), tenant, "somebody")
            .post(Notified.JOB, "{}", "erp-api-background", "subscription")
            .acceptedId();
      }
      assertThat(party.receiver().await(2))
          .allSatisfy(
              each -> assertThat(Receiver.verified(each, secret)).isEqualTo(Result.GENUINE));
    }
  }
}
