package dev.backlane.system.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.webhook.WebhookVerifier.Result;
import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.RecordingApi.Received;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient;
import dev.backlane.system.support.webhooks.NotifiedClient;
import dev.backlane.system.support.webhooks.WebhookReceiver;
import dev.backlane.system.webhooks.SignatureVerifiers.Verifier;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Signatures of delivered notifications, verified by other programs.
@Timeout(120)
final class WebhookSignatureTest {
  private static final Duration OVERLAP = Duration.ofSeconds(10);
  private static final String DEFAULT_SECRET = "whsec_c2lnbmVkLXNpZ25lZC1zaWduZWQtc2lnbmVkLXM=";

  @TempDir private static Path folder;

  @RegisterExtension
  static final TestGateway gateway =
      TestGateway.with(
          AdminClient.SETTINGS
              + """
              webhooks:
                allow-cidrs: [127.0.0.0/8]
                rotation-overlap: %dms
                default-secret: %s
              """
                  .formatted(OVERLAP.toMillis(), DEFAULT_SECRET));

  private static SignatureVerifiers verifiers;

  @BeforeAll
  static void writeVerifiers() throws IOException {
    verifiers = new SignatureVerifiers(folder);
  }

  @Test
  void verifiersAcceptDeliveryAndRefuseChangedBody() throws Exception {
    try (var notified = new NotifiedClient(gateway, "verified")) {
      var secret = notified.subscribe().secret();
      notified.call("subscription:reference=invoice 7");
      var received = notified.receiver().await(1).getFirst();
      byte[] changed = new String(received.body(), UTF_8).replace("200", "201").getBytes(UTF_8);
      assertThat(changed).isNotEqualTo(received.body());
      for (var each : List.of(verifiers.standard(), verifiers.documented())) {
        assertThat(accepting(each, received, received.body(), secret))
            .containsExactlyElementsOf(each.keySet());
        assertThat(accepting(each, received, changed, secret)).isEmpty();
        assertThat(accepting(each, received, received.body(), DEFAULT_SECRET)).isEmpty();
      }
    }
  }

  @Test
  void documentedVerifiersRefuseHostileInput() throws Exception {
    assertThat(SignatureVerifiers.nodeOnHostileInput(folder, DEFAULT_SECRET))
        .hasSize(4 * 9 * 9 + 2 + 6)
        .containsOnly("false");
    assertThat(SignatureVerifiers.shellOnHostileInput(folder, DEFAULT_SECRET))
        .hasSize(12)
        .containsOnly("false");
  }

  @Test
  void acceptsOldSecretOnlyDuringOverlap() throws Exception {
    try (var notified = new NotifiedClient(gateway, "rotated")) {
      var old = notified.subscribe();
      var operator = notified.operator();
      var renewed = operator.rotate(old.id());
      assertThat(renewed.secret()).isNotEqualTo(old.secret());
      var expires =
          Instant.parse(
              String.valueOf(operator.subscription(old.id()).get("previousSecretExpiresUtc")));
      notified.call("subscription");
      var within = notified.receiver().await(1).getFirst();
      assertThat(Instant.now()).as("the overlap has not expired yet").isBefore(expires);
      assertThat(WebhookReceiver.header(within, "webhook-signature").split(" ", -1)).hasSize(2);
      assertAcceptedWith(within, renewed.secret(), verifiers.standard());
      assertAcceptedWith(within, old.secret(), verifiers.standard());
      assertAcceptedWith(within, renewed.secret(), verifiers.documented());
      assertRefusedWith(within, old.secret(), verifiers.documented());

      Deadline.within(
          OVERLAP.multipliedBy(2), "the overlap is over", () -> Instant.now().isAfter(expires));
      notified.call("subscription");
      var after = notified.receiver().await(2).getLast();
      assertThat(WebhookReceiver.header(after, "webhook-signature").split(" ", -1)).hasSize(1);
      assertAcceptedWith(after, renewed.secret(), verifiers.standard());
      assertAcceptedWith(after, renewed.secret(), verifiers.documented());
      assertRefusedWith(after, old.secret(), verifiers.standard());
      assertRefusedWith(after, old.secret(), verifiers.documented());
    }
  }

  @Test
  void keepsUnexpiredSecretsAfterSecondRotation() throws Exception {
    try (var notified = new NotifiedClient(gateway, "rotated-twice")) {
      var first = notified.subscribe();
      var second = notified.operator().rotate(first.id());
      var third = notified.operator().rotate(first.id());
      notified.call("subscription");
      var received = notified.receiver().await(1).getFirst();
      for (var each : List.of(first, second, third)) {
        assertThat(WebhookReceiver.verified(received, each.secret())).isEqualTo(Result.GENUINE);
      }
    }
  }

  @Test
  void documentedReceiverProcessesNotificationOnce() throws Exception {
    var another = "whsec_YW5vdGhlci1hbm90aGVyLWFub3RoZXItYW5vdGhlcg==";
    try (var receiver = new ExampleReceiver(folder, another + "," + DEFAULT_SECRET);
        var notified = new NotifiedClient(gateway, "of-the-documentation")) {
      var id = notified.call(receiver.url().toString());
      var delivery = notified.operator().awaitDelivery(id, "delivered");
      assertThat(delivery.statusCodes()).containsExactly(204);
      assertThat(receiver.line()).isEqualTo(delivery.body());

      notified.operator().redeliver(id);
      notified.operator().awaitDelivery(id, "delivered", 2);
      var forged =
          notified
              .http()
              .post(
                  receiver.url().toString(),
                  delivery.body(),
                  "webhook-id",
                  id,
                  "webhook-timestamp",
                  Long.toString(Instant.now().getEpochSecond()),
                  "webhook-signature",
                  "v1,Zm9yZ2Vk");
      assertThat(forged.status()).isEqualTo(400);
      assertThat(receiver.rest()).isEmpty();
    }
  }

  private static void assertAcceptedWith(
      Received received, String secret, Map<String, Verifier> verifiers) throws Exception {
    assertThat(accepting(verifiers, received, received.body(), secret))
        .containsExactlyElementsOf(verifiers.keySet());
  }

  private static void assertRefusedWith(
      Received received, String secret, Map<String, Verifier> verifiers) throws Exception {
    assertThat(accepting(verifiers, received, received.body(), secret)).isEmpty();
  }

  private static List<String> accepting(
      Map<String, Verifier> verifiers, Received received, byte[] body, String secret)
      throws Exception {
    var accepting = new ArrayList<String>();
    for (var each : verifiers.entrySet()) {
      if (each.getValue().accepts(received, body, secret)) {
        accepting.add(each.getKey());
      }
    }
    return accepting;
  }
}
