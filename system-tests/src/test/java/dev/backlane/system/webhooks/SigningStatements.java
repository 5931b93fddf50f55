package dev.backlane.system.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.WebhookVerifier.Result;
import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.RecordingApi.Received;
import dev.backlane.system.support.Statement;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.NotifiedClient;
import dev.backlane.system.support.webhooks.WebhookReceiver;
import java.util.List;
import java.util.Map;

/// CONTRACT 2.4: whose secret signs what, and when a subscription that fails is given up.
final class SigningStatements {
  static final String DEFAULT_SECRET = "whsec_ZGVmYXVsdC1kZWZhdWx0LWRlZmF1bHQtZGVmYXVsdCE=";
  static final String SIGNATURE_HEADER = "X-Hook-Hmac";

  /// Each wait is longer than a subscription may fail.
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

  private final TestGateway plain;
  private final TestGateway signing;

  /// @param plain with [DeliveryAttemptStatements#SETTINGS]
  /// @param signing with [#SETTINGS]
  SigningStatements(TestGateway plain, TestGateway signing) {
    this.plain = plain;
    this.signing = signing;
  }

  List<Statement> rows() {
    return List.of(
        new Statement(
            "a URL of a caller without a subscription gets id and time alone, unsigned",
            this::unsigned),
        new Statement(
            "a URL of a caller with a subscription is signed with its secret", this::ofCaller),
        new Statement(
            "a URL of a caller whose subscription is disabled is not signed with its secret",
            this::ofDisabled),
        new Statement(
            "webhooks.default-secret signs a URL of a caller without a subscription",
            () -> {
              try (var party = new NotifiedClient(signing, "by-default")) {
                party.call();
                isSigned(party.receiver().await(1).getFirst(), DEFAULT_SECRET);
              }
            }),
        new Statement(
            "webhooks.default-secret does not sign what a subscription's secret signs",
            () -> {
              try (var party = new NotifiedClient(signing, "by-its-own")) {
                var subscription = party.subscribe();
                party.call();
                party.call("subscription");
                for (var each : party.receiver().await(2)) {
                  isSigned(each, subscription.secret());
                  assertThat(WebhookReceiver.verified(each, DEFAULT_SECRET))
                      .isEqualTo(Result.FORGED);
                }
              }
            }),
        new Statement(
            "a pair cannot override the header of webhooks.signature-header", this::noOverride),
        new Statement(
            "a pair cannot name a header of Standard Webhooks, nor x-signature", this::noPair),
        new Statement(
            "a subscription is disabled once it has failed for webhooks.disable-after",
            this::failsForTooLong),
        new Statement(
            "a success in between begins the time of webhooks.disable-after anew",
            this::succeedsInBetween));
  }

  private static void isUnsigned(Received received, String id) {
    assertThat(WebhookReceiver.idOf(received)).isEqualTo(id);
    assertThat(WebhookReceiver.header(received, "webhook-timestamp")).matches("\\d{10}");
    assertThat(received.values("webhook-signature")).isEmpty();
    assertThat(received.values("x-signature")).isEmpty();
  }

  private static void isSigned(Received received, String secret) {
    assertThat(WebhookReceiver.verified(received, secret)).isEqualTo(Result.GENUINE);
    assertThat(received.values("x-signature")).isEmpty();
    assertThat(
            WebhookReceiver.verifier(secret)
                .verifyDocumented(
                    WebhookReceiver.header(received, SIGNATURE_HEADER), received.body()))
        .isTrue();
  }

  private void unsigned() throws Exception {
    try (var party = new NotifiedClient(plain, "unsigned")) {
      var id = party.call();
      isUnsigned(party.receiver().await(1).getFirst(), id);
    }
  }

  private void ofCaller() throws Exception {
    try (var party = new NotifiedClient(plain, "signed-by-url");
        var elsewhere = new WebhookReceiver()) {
      var subscription = party.subscribe();
      party.call(elsewhere.url());
      var received = elsewhere.await(1).getFirst();
      assertThat(WebhookReceiver.verified(received, subscription.secret()))
          .isEqualTo(Result.GENUINE);
      assertThat(
              WebhookReceiver.verifier(subscription.secret())
                  .verifyDocumented(
                      WebhookReceiver.header(received, "x-signature"), received.body()))
          .isTrue();
      assertThat(party.receiver().received()).isEmpty();
    }
  }

  private void ofDisabled() throws Exception {
    try (var party = new NotifiedClient(plain, "disabled-by-url")) {
      var subscription = party.subscribe();
      party.operator().change(subscription.id(), Map.of("enabled", false));
      var id = party.call();
      isUnsigned(party.receiver().await(1).getFirst(), id);
    }
    try (var party = new NotifiedClient(signing, "disabled-by-url")) {
      var subscription = party.subscribe();
      party.operator().change(subscription.id(), Map.of("enabled", false));
      party.call();
      isSigned(party.receiver().await(1).getFirst(), DEFAULT_SECRET);
    }
  }

  private void noOverride() throws Exception {
    try (var party = new NotifiedClient(signing, "overriding")) {
      var subscription = party.subscribe();
      party.call("subscription:x-hook-hmac=forged,x-other=kept");
      var received = party.receiver().await(1).getFirst();
      isSigned(received, subscription.secret());
      assertThat(WebhookReceiver.header(received, "x-other")).isEqualTo("kept");
    }
  }

  private void noPair() throws Exception {
    try (var party = new NotifiedClient(plain, "forging")) {
      party.subscribe();
      for (String name :
          List.of(
              "webhook-id",
              "Webhook-Timestamp",
              "webhook-signature",
              "X-Signature",
              "Content-Type",
              "Host")) {
        party
            .http()
            .post(
                NotifiedClient.JOB, "{}", "erp-api-background", "subscription:" + name + "=forged")
            .assertProblem(400, "invalid-background-header");
      }
    }
  }

  private void failsForTooLong() throws Exception {
    try (var party = new NotifiedClient(signing, "failing")) {
      var operator = party.operator();
      var subscription = party.subscribe();
      party.receiver().answers(WebhookReceiver.refusing(500));
      var id = party.call("subscription");
      operator.awaitDelivery(id, "due", 1);
      Deadline.within(
          DeliveryAttemptStatements.TIMEOUT,
          "the subscription is noted as failing",
          () -> operator.subscription(subscription.id()).get("failingSinceUtc") != null);
      assertThat(operator.awaitDisabled(subscription.id()))
          .startsWith("no delivery has succeeded since ");
      var delivery = operator.awaitDelivery(id, "failed");
      assertThat(delivery.reason())
          .startsWith("the subscription is disabled: no delivery has succeeded since ");
      assertThat(party.receiver().received()).hasSize(2);
    }
  }

  private void succeedsInBetween() throws Exception {
    try (var party = new NotifiedClient(signing, "recovering")) {
      var operator = party.operator();
      var subscription = party.subscribe();
      var refused = WebhookReceiver.refusing(500);
      party
          .receiver()
          .answers(refused, WebhookReceiver.accepting(), refused, WebhookReceiver.accepting());
      for (int call = 0; call < 2; call++) {
        operator.awaitDelivery(party.call("subscription"), "delivered");
        Deadline.within(
            DeliveryAttemptStatements.TIMEOUT,
            "the subscription fares well again",
            () -> operator.subscription(subscription.id()).get("failingSinceUtc") == null);
      }
      assertThat(operator.subscription(subscription.id())).containsEntry("enabled", true);
      assertThat(party.receiver().received()).hasSize(4);
    }
  }
}
