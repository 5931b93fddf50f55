package dev.backlane.system.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.webhook.WebhookVerifier.Result;
import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.RecordingApi.Received;
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

/// CONTRACT 2.4: which secret signs a notification, and when a failing subscription is disabled.
@Timeout(90)
final class SigningTest {
  static final String DEFAULT_SECRET = "whsec_ZGVmYXVsdC1kZWZhdWx0LWRlZmF1bHQtZGVmYXVsdCE=";
  static final String SIGNATURE_HEADER = "X-Hook-Hmac";

  /// Each wait is longer than disable-after.
  static final String SETTINGS =
      """
      webhooks:
        allow-cidrs: [127.0.0.0/8]
        retry-schedule: [500ms, 500ms, 500ms]
        disable-after: 300ms
        signature-header: %s
        default-secret: %s
      """
          .formatted(SIGNATURE_HEADER, DEFAULT_SECRET);

  @RegisterExtension
  static final TestGateway plain = TestGateway.with(AdminClient.SETTINGS + DeliverySettings.YAML);

  @RegisterExtension
  static final TestGateway signing = TestGateway.with(AdminClient.SETTINGS + SETTINGS);

  @Test
  @DisplayName("a notification to a URL is not signed if the caller has no subscription")
  void sendsUnsignedWithoutSubscription() throws Exception {
    try (var notified = new NotifiedClient(plain, "unsigned")) {
      var id = notified.call();
      assertUnsigned(notified.receiver().await(1).getFirst(), id);
    }
  }

  @Test
  @DisplayName("a notification to a URL is signed with the secret of the caller's subscription")
  void signsUrlWithSubscriptionSecret() throws Exception {
    try (var notified = new NotifiedClient(plain, "signed-by-url");
        var elsewhere = new WebhookReceiver()) {
      var subscription = notified.subscribe();
      notified.call(elsewhere.url());
      var received = elsewhere.await(1).getFirst();
      assertThat(WebhookReceiver.verified(received, subscription.secret()))
          .isEqualTo(Result.GENUINE);
      assertThat(
              WebhookReceiver.verifier(subscription.secret())
                  .verifyDocumented(
                      WebhookReceiver.header(received, "x-signature"), received.body()))
          .isTrue();
      assertThat(notified.receiver().received()).isEmpty();
    }
  }

  @Test
  @DisplayName("the secret of a disabled subscription does not sign a notification to a URL")
  void ignoresDisabledSubscription() throws Exception {
    try (var notified = new NotifiedClient(plain, "disabled-by-url")) {
      var subscription = notified.subscribe();
      notified.operator().change(subscription.id(), Map.of("enabled", false));
      var id = notified.call();
      assertUnsigned(notified.receiver().await(1).getFirst(), id);
    }
    try (var notified = new NotifiedClient(signing, "disabled-by-url")) {
      var subscription = notified.subscribe();
      notified.operator().change(subscription.id(), Map.of("enabled", false));
      notified.call();
      assertSigned(notified.receiver().await(1).getFirst(), DEFAULT_SECRET);
    }
  }

  @Test
  @DisplayName(
      "webhooks.default-secret signs a notification to a URL if the caller has no subscription")
  void signsUrlWithDefaultSecret() throws Exception {
    try (var notified = new NotifiedClient(signing, "by-default")) {
      notified.call();
      assertSigned(notified.receiver().await(1).getFirst(), DEFAULT_SECRET);
    }
  }

  @Test
  @DisplayName("a subscription's secret takes precedence over webhooks.default-secret")
  void prefersSubscriptionSecret() throws Exception {
    try (var notified = new NotifiedClient(signing, "by-its-own")) {
      var subscription = notified.subscribe();
      notified.call();
      notified.call("subscription");
      for (var each : notified.receiver().await(2)) {
        assertSigned(each, subscription.secret());
        assertThat(WebhookReceiver.verified(each, DEFAULT_SECRET)).isEqualTo(Result.FORGED);
      }
    }
  }

  @Test
  @DisplayName("a pair cannot name the header of webhooks.signature-header")
  void refusesPairsOfSignatureHeader() throws Exception {
    try (var notified = new NotifiedClient(signing, "overriding")) {
      notified.subscribe();
      for (String name : List.of("x-hook-hmac", "X-Hook-HMAC", "x_hook_hmac")) {
        assertRefused(notified, name);
      }
      notified.call("subscription:x-other=kept");
      var received = notified.receiver().await(1).getFirst();
      assertThat(WebhookReceiver.header(received, "x-other")).isEqualTo("kept");
    }
  }

  private static void assertRefused(NotifiedClient notified, String name) throws Exception {
    notified
        .http()
        .post(NotifiedClient.JOB, "{}", "erp-api-background", "subscription:" + name + "=forged")
        .assertProblem(400, "invalid-background-header");
  }

  @Test
  @DisplayName("a pair cannot name a header of Standard Webhooks, nor x-signature")
  void refusesReservedPairs() throws Exception {
    try (var notified = new NotifiedClient(plain, "forging")) {
      notified.subscribe();
      for (String name :
          List.of(
              "webhook-id",
              "Webhook-Timestamp",
              "webhook-signature",
              "X-Signature",
              "Content-Type",
              "Host")) {
        assertRefused(notified, name);
      }
    }
  }

  @Test
  @DisplayName("a subscription that has failed for webhooks.disable-after is disabled")
  void disablesFailingSubscription() throws Exception {
    try (var notified = new NotifiedClient(signing, "failing")) {
      var operator = notified.operator();
      var subscription = notified.subscribe();
      notified.receiver().respondWith(WebhookReceiver.refusing(500));
      var id = notified.call("subscription");
      operator.awaitDelivery(id, "due", 1);
      Deadline.within(
          DeliverySettings.TIMEOUT,
          "the subscription is marked as failing",
          () -> operator.subscription(subscription.id()).get("failingSinceUtc") != null);
      assertThat(operator.awaitDisabled(subscription.id()))
          .startsWith("no delivery has succeeded since ");
      var delivery = operator.awaitDelivery(id, "failed");
      assertThat(delivery.reason())
          .startsWith("the subscription is disabled: no delivery has succeeded since ");
      assertThat(notified.receiver().received()).hasSize(2);
    }
  }

  @Test
  @DisplayName("a successful delivery resets the time of webhooks.disable-after")
  void restartsDisableAfterOnSuccess() throws Exception {
    try (var notified = new NotifiedClient(signing, "recovering")) {
      var operator = notified.operator();
      var subscription = notified.subscribe();
      var refused = WebhookReceiver.refusing(500);
      notified
          .receiver()
          .respondWith(refused, WebhookReceiver.accepting(), refused, WebhookReceiver.accepting());
      for (int call = 0; call < 2; call++) {
        operator.awaitDelivery(notified.call("subscription"), "delivered");
        Deadline.within(
            DeliverySettings.TIMEOUT,
            "the subscription is no longer marked as failing",
            () -> operator.subscription(subscription.id()).get("failingSinceUtc") == null);
      }
      assertThat(operator.subscription(subscription.id())).containsEntry("enabled", true);
      assertThat(notified.receiver().received()).hasSize(4);
    }
  }

  private static void assertUnsigned(Received received, String id) {
    assertThat(WebhookReceiver.idOf(received)).isEqualTo(id);
    assertThat(WebhookReceiver.header(received, "webhook-timestamp")).matches("\\d{10}");
    assertThat(received.values("webhook-signature")).isEmpty();
    assertThat(received.values("x-signature")).isEmpty();
  }

  private static void assertSigned(Received received, String secret) {
    assertThat(WebhookReceiver.verified(received, secret)).isEqualTo(Result.GENUINE);
    assertThat(received.values("x-signature")).isEmpty();
    assertThat(
            WebhookReceiver.verifier(secret)
                .verifyDocumented(
                    WebhookReceiver.header(received, SIGNATURE_HEADER), received.body()))
        .isTrue();
  }
}
