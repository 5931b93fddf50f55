package dev.backlane.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.webhook.WebhookVerifier.Result;
import dev.backlane.system.RecordingApi.Received;
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

  private final Stand plain;
  private final Stand signing;

  /// @param plain with [DeliveryAttemptStatements#SETTINGS]
  /// @param signing with [#SETTINGS]
  SigningStatements(Stand plain, Stand signing) {
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
              try (var party = new Notified(signing, "by-default")) {
                party.call();
                isSigned(party.receiver().await(1).getFirst(), DEFAULT_SECRET);
              }
            }),
        new Statement(
            "webhooks.default-secret does not sign what a subscription's secret signs",
            () -> {
              try (var party = new Notified(signing, "by-its-own")) {
                var subscription = party.subscribe();
                party.call();
                party.call("subscription");
                for (var each : party.receiver().await(2)) {
                  isSigned(each, subscription.secret());
                  assertThat(Receiver.verified(each, DEFAULT_SECRET)).isEqualTo(Result.FORGED);
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
    assertThat(Receiver.idOf(received)).isEqualTo(id);
    assertThat(Receiver.header(received, "webhook-timestamp")).matches("\\d{10}");
    assertThat(received.values("webhook-signature")).isEmpty();
    assertThat(received.values("x-signature")).isEmpty();
  }

  private static void isSigned(Received received, String secret) {
    assertThat(Receiver.verified(received, secret)).isEqualTo(Result.GENUINE);
    assertThat(received.values("x-signature")).isEmpty();
    assertThat(
            Receiver.verifier(secret)
                .verifyDocumented(Receiver.header(received, SIGNATURE_HEADER), received.body()))
        .isTrue();
  }

  private void unsigned() throws Exception {
    try (var party = new Notified(plain, "unsigned")) {
      var id = party.call();
      isUnsigned(party.receiver().await(1).getFirst(), id);
    }
  }

  private void ofCaller() throws Exception {
    try (var party = new Notified(plain, "signed-by-url");
        var elsewhere = new Receiver()) {
      var subscription = party.subscribe();
      party.call(elsewhere.url());
      var received = elsewhere.await(1).getFirst();
      assertThat(Receiver.verified(received, subscription.secret())).isEqualTo(Result.GENUINE);
      assertThat(
              Receiver.verifier(subscription.secret())
                  .verifyDocumented(Receiver.header(received, "x-signature"), received.body()))
          .isTrue();
      assertThat(party.receiver().received()).isEmpty();
    }
  }

  private void ofDisabled() throws Exception {
    try (var party = new Notified(plain, "disabled-by-url")) {
      var subscription = party.subscribe();
      party.operator().change(subscription.id(), Map.of("enabled", false));
      var id = party.call();
      isUnsigned(party.receiver().await(1).getFirst(), id);
    }
    try (var party = new Notified(signing, "disabled-by-url")) {
      var subscription = party.subscribe();
      party.operator().change(subscription.id(), Map.of("enabled", false));
      party.call();
      isSigned(party.receiver().await(1).getFirst(), DEFAULT_SECRET);
    }
  }

  private void noOverride() throws Exception {
    try (var party = new Notified(signing, "overriding")) {
      var subscription = party.subscribe();
      party.call("subscription:x-hook-hmac=forged,x-other=kept");
      var received = party.receiver().await(1).getFirst();
      isSigned(received, subscription.secret());
      assertThat(Receiver.header(received, "x-other")).isEqualTo("kept");
    }
  }

  private void noPair() throws Exception {
    try (var party = new Notified(plain, "forging")) {
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
            .post(Notified.JOB, "{}", "erp-api-background", "subscription:" + name + "=forged")
            .assertProblem(400, "invalid-background-header");
      }
    }
  }

  private void failsForTooLong() throws Exception {
    try (var party = new Notified(signing, "failing")) {
      var operator = party.operator();
      var subscription = party.subscribe();
      party.receiver().answers(Receiver.refusing(500));
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
    try (var party = new Notified(signing, "recovering")) {
      var operator = party.operator();
      var subscription = party.subscribe();
      var refused = Receiver.refusing(500);
      party.receiver().answers(refused, Receiver.accepting(), refused, Receiver.accepting());
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
