package dev.backlane.system.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.webhook.WebhookVerifier.Result;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient;
import dev.backlane.system.support.webhooks.NotifiedClient;
import dev.backlane.system.support.webhooks.WebhookReceiver;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// CONTRACT 2.4: deliveries of a subscription that changes.
@Timeout(90)
final class SubscriptionChangeTest {
  @RegisterExtension
  static final TestGateway gateway = TestGateway.with(AdminClient.SETTINGS + DeliverySettings.YAML);

  @Test
  @DisplayName("410 disables the subscription, which then counts as none until it is enabled again")
  void disablesSubscriptionOn410() throws Exception {
    try (var notified = new NotifiedClient(gateway, "gone")) {
      var operator = notified.operator();
      var subscription = notified.subscribe();
      notified.receiver().respondWith(WebhookReceiver.refusing(410), WebhookReceiver.accepting());
      var delivery = operator.awaitDelivery(notified.call("subscription"), "failed");
      assertThat(delivery.statusCodes()).containsExactly(410);
      assertThat(delivery.reason()).startsWith("the receiver responded 410 Gone");
      assertThat(operator.awaitDisabled(subscription.id()))
          .isEqualTo("the receiver responded 410 Gone");
      assertThat(operator.subscription(subscription.id())).doesNotContainEntry("disabledUtc", null);
      notified
          .http()
          .post(NotifiedClient.JOB, "{}", "erp-api-background", "subscription")
          .assertProblem(422, "no-subscription");

      operator.change(subscription.id(), Map.of("enabled", true));
      assertThat(operator.subscription(subscription.id()))
          .containsEntry("enabled", true)
          .containsEntry("disabledUtc", null)
          .containsEntry("disabledReason", null);
      operator.awaitDelivery(notified.call("subscription"), "delivered");
      assertThat(notified.receiver().received()).hasSize(2);
    }
  }

  @Test
  @DisplayName("410 from a URL in the header ends the delivery and disables nothing")
  void endsDeliveryToUrlOn410() throws Exception {
    try (var notified = new NotifiedClient(gateway, "gone-at-url")) {
      var subscription = notified.subscribe();
      notified.receiver().respondWith(WebhookReceiver.refusing(410), WebhookReceiver.accepting());
      var delivery = notified.operator().awaitDelivery(notified.call(), "failed");
      assertThat(delivery.statusCodes()).containsExactly(410);
      notified.operator().awaitDelivery(notified.call("subscription"), "delivered");
      assertThat(notified.operator().subscription(subscription.id()))
          .containsEntry("enabled", true);
    }
  }

  @Test
  @DisplayName("due deliveries of a subscription go to its new URL")
  void deliversDueToChangedUrl() throws Exception {
    try (var notified = new NotifiedClient(gateway, "moving");
        var elsewhere = new WebhookReceiver()) {
      var operator = notified.operator();
      var id =
          refusedWhile(
              notified,
              subscription -> operator.change(subscription, Map.of("url", elsewhere.url())));
      assertThat(operator.awaitDelivery(id, "delivered").statusCodes()).containsExactly(500, 200);
      assertThat(notified.receiver().received()).hasSize(1);
      assertThat(elsewhere.received()).extracting(WebhookReceiver::idOf).containsExactly(id);
    }
  }

  @Test
  @DisplayName("due deliveries of a removed subscription fail, with the reason")
  void failsDueOfRemovedSubscription() throws Exception {
    try (var notified = new NotifiedClient(gateway, "removed")) {
      var operator = notified.operator();
      var id =
          refusedWhile(
              notified,
              subscription ->
                  assertThat(
                          operator
                              .http()
                              .delete(AdminClient.SUBSCRIPTIONS + "/" + subscription)
                              .status())
                      .isEqualTo(204));
      var delivery = operator.awaitDelivery(id, "failed");
      assertThat(delivery.reason()).isEqualTo("the subscription was deleted");
      assertThat(notified.receiver().received()).hasSize(1);
      notified
          .http()
          .post(NotifiedClient.JOB, "{}", "erp-api-background", "subscription")
          .assertProblem(422, "no-subscription");
    }
  }

  @Test
  @DisplayName("due deliveries of a disabled subscription fail, with the reason")
  void failsDueOfDisabledSubscription() throws Exception {
    try (var notified = new NotifiedClient(gateway, "disabled")) {
      var operator = notified.operator();
      var id =
          refusedWhile(
              notified, subscription -> operator.change(subscription, Map.of("enabled", false)));
      assertThat(operator.awaitDelivery(id, "failed").reason())
          .isEqualTo("the subscription is disabled: an operator disabled it");
      assertThat(notified.receiver().received()).hasSize(1);
    }
  }

  @Test
  @DisplayName("a subscription without a tenant serves the client in all tenants")
  void servesAllTenants() throws Exception {
    try (var notified = new NotifiedClient(gateway, "everywhere")) {
      var operator = notified.operator();
      var made =
          operator
              .post(
                  AdminClient.SUBSCRIPTIONS,
                  Map.of("client", notified.client(), "url", notified.receiver().url()))
              .json();
      var secret = String.valueOf(made.get("secret"));
      for (String tenant : List.of(TestGateway.TENANT, "another-company")) {
        gateway
            .http(notified.client(), tenant, "any-user")
            .post(NotifiedClient.JOB, "{}", "erp-api-background", "subscription")
            .acceptedId();
      }
      assertThat(notified.receiver().await(2))
          .allSatisfy(
              each -> assertThat(WebhookReceiver.verified(each, secret)).isEqualTo(Result.GENUINE));
    }
  }

  /// An action during the first attempt, which the receiver then refuses.
  @FunctionalInterface
  private interface DuringAttempt {
    void run(String subscription) throws Exception;
  }

  private String refusedWhile(NotifiedClient notified, DuringAttempt action) throws Exception {
    var subscription = notified.subscribe();
    var held = new HeldResponse(WebhookReceiver.refusing(500));
    notified.receiver().respondWith(held);
    var id = notified.call("subscription");
    held.awaitRequest();
    action.run(subscription.id());
    held.release();
    return id;
  }
}
