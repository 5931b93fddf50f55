package dev.backlane.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.webhook.WebhookVerifier.Result;
import dev.backlane.system.RecordingApi.Received;
import dev.backlane.system.Verifiers.Verifier;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Signatures of delivered notifications, verified by programs of others.
@Timeout(120)
final class WebhookSignatureTest {
  private static final Duration OVERLAP = Duration.ofSeconds(10);
  private static final String DEFAULT_SECRET = "whsec_c2lnbmVkLXNpZ25lZC1zaWduZWQtc2lnbmVkLXM=";

  @TempDir private static Path folder;

  private static Stand stand;
  private static Verifiers verifiers;

  @BeforeAll
  static void open() throws IOException {
    verifiers = new Verifiers(folder);
    stand =
        Stand.open(
            Operator.SETTINGS
                + """
                webhooks:
                  allow-cidrs: [127.0.0.0/8]
                  rotation-overlap: %dms
                  default-secret: %s
                """
                    .formatted(OVERLAP.toMillis(), DEFAULT_SECRET));
  }

  @AfterAll
  static void close() {
    stand.close();
  }

  @Test
  void everyVerifierTakesWhatWasDeliveredAndRefusesAChangedBody() throws Exception {
    try (var party = new Notified(stand, "verified")) {
      var secret = party.subscribe().secret();
      party.call("subscription:reference=invoice 7");
      var received = party.receiver().await(1).getFirst();
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
  void bothSecretsVerifyDuringTheOverlapAndTheNewOneAloneAfterIt() throws Exception {
    try (var party = new Notified(stand, "rotated")) {
      var old = party.subscribe();
      var operator = party.operator();
      var renewed = operator.rotate(old.id());
      assertThat(renewed.secret()).isNotEqualTo(old.secret());
      var expires =
          Instant.parse(
              String.valueOf(operator.subscription(old.id()).get("previousSecretExpiresUtc")));
      party.call("subscription");
      var within = party.receiver().await(1).getFirst();
      assertThat(Instant.now()).as("this test is fast enough").isBefore(expires);
      assertThat(Receiver.header(within, "webhook-signature").split(" ", -1)).hasSize(2);
      isTakenWith(within, renewed.secret(), verifiers.standard());
      isTakenWith(within, old.secret(), verifiers.standard());
      isTakenWith(within, renewed.secret(), verifiers.documented());
      isRefusedWith(within, old.secret(), verifiers.documented());

      Deadline.within(
          OVERLAP.multipliedBy(2), "the overlap is over", () -> Instant.now().isAfter(expires));
      party.call("subscription");
      var after = party.receiver().await(2).getLast();
      assertThat(Receiver.header(after, "webhook-signature").split(" ", -1)).hasSize(1);
      isTakenWith(after, renewed.secret(), verifiers.standard());
      isTakenWith(after, renewed.secret(), verifiers.documented());
      isRefusedWith(after, old.secret(), verifiers.standard());
      isRefusedWith(after, old.secret(), verifiers.documented());
    }
  }

  @Test
  void aSecondRotationWithinTheOverlapKeepsAllSecretsThatHaveNotExpired() throws Exception {
    try (var party = new Notified(stand, "rotated-twice")) {
      var first = party.subscribe();
      var second = party.operator().rotate(first.id());
      var third = party.operator().rotate(first.id());
      party.call("subscription");
      var received = party.receiver().await(1).getFirst();
      for (var each : List.of(first, second, third)) {
        assertThat(Receiver.verified(received, each.secret())).isEqualTo(Result.GENUINE);
      }
    }
  }

  @Test
  void theReceiverOfTheDocumentationWorksANotificationOffOnce() throws Exception {
    var another = "whsec_YW5vdGhlci1hbm90aGVyLWFub3RoZXItYW5vdGhlcg==";
    try (var receiver = new ExampleReceiver(folder, another + "," + DEFAULT_SECRET);
        var party = new Notified(stand, "of-the-documentation")) {
      var id = party.call(receiver.url().toString());
      var delivery = party.operator().awaitDelivery(id, "delivered");
      assertThat(delivery.statusCodes()).containsExactly(204);
      assertThat(receiver.line()).isEqualTo(delivery.body());

      party.operator().redeliver(id);
      party.operator().awaitDelivery(id, "delivered", 2);
      var forged =
          party
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

  private static void isTakenWith(Received received, String secret, Map<String, Verifier> verifiers)
      throws Exception {
    assertThat(accepting(verifiers, received, received.body(), secret))
        .containsExactlyElementsOf(verifiers.keySet());
  }

  private static void isRefusedWith(
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
