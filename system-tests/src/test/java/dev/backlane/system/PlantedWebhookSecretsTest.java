package dev.backlane.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.webhook.WebhookVerifier.Result;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Has notifications signed with secrets of every origin, with every logger at its most talkative, and then looks for the secrets
/// in all that the gateway wrote. The answers that show one are [AdminSubscriptionStatements]'.
@Timeout(120)
final class PlantedWebhookSecretsTest {
  private static final String CONFIGURED = "whsec_cGxhbnRlZC1wbGFudGVkLXBsYW50ZWQtcGxhbnRlZC0=";
  private static final String DEFAULT = "whsec_ZmFsbC1iYWNrLWZhbGwtYmFjay1mYWxsLWJhY2stZmE=";

  @TempDir private Path folder;

  @Test
  void areNowhereInClear() throws Exception {
    try (var configured = new Receiver();
        var stand = Stand.open(settings(configured), Talkative.options(folder));
        var registered = new Notified(stand, "registered-client");
        var without = new Notified(stand, "without-subscription")) {
      var first = registered.subscribe();
      var second = registered.operator().rotate(first.id());
      registered.call("subscription:x-job=marked-pair");
      var both = registered.receiver().await(1).getFirst();
      assertThat(Receiver.verified(both, first.secret())).isEqualTo(Result.GENUINE);
      assertThat(Receiver.verified(both, second.secret())).isEqualTo(Result.GENUINE);
      without.call();
      assertThat(Receiver.verified(without.receiver().await(1).getFirst(), DEFAULT))
          .isEqualTo(Result.GENUINE);
      stand.http().post("/job", "{}", "erp-api-background", "subscription").acceptedId();
      assertThat(Receiver.verified(configured.await(1).getFirst(), CONFIGURED))
          .isEqualTo(Result.GENUINE);

      var secrets = List.of(first.secret(), second.secret(), DEFAULT, CONFIGURED);
      stand.crash();
      isSilent(stand, secrets);
      stand.restart();
      registered.operator().change(first.id(), Map.of("url", registered.receiver().url()));
      registered.call("subscription");
      assertThat(Receiver.verified(registered.receiver().await(2).getLast(), second.secret()))
          .isEqualTo(Result.GENUINE);
      stand.gateway().terminate();
      stand.gateway().awaitEnd();
      isSilent(stand, secrets);
    }
  }

  private static String settings(Receiver configured) {
    return Operator.SETTINGS
        + """
        webhooks: { allow-cidrs: [127.0.0.0/8], default-secret: "%s" }
        subscriptions:
          - { tenant: %s, client: %s, url: "%s", secret: "%s" }
        """
            .formatted(DEFAULT, Stand.TENANT, Stand.CLIENT, configured.url(), CONFIGURED);
  }

  private static void isSilent(Stand stand, List<String> secrets) throws Exception {
    var lines = stand.gateway().lines();
    var files = Planted.filesOf(stand.dataFolder());
    // What is not sealed is found, so what is not found is sealed; and the loggers did talk.
    assertThat(files).contains("registered-client", "marked-pair");
    assertThat(lines).anyMatch(line -> line.startsWith("TRACE "));
    var said = String.join("\n", lines);
    for (String secret : secrets) {
      for (var planted : formsOf(secret)) {
        assertThat(planted.in(files)).as("files").isEmpty();
        assertThat(planted.in(said)).as("output").isEmpty();
      }
      byte[] key = Base64.getDecoder().decode(secret.substring("whsec_".length()));
      assertThat(files).doesNotContain(new String(key, ISO_8859_1));
      assertThat(said).doesNotContain(HexFormat.of().formatHex(key));
    }
  }

  private static List<Planted> formsOf(String secret) {
    var all = new ArrayList<Planted>();
    all.add(Planted.of("a secret", secret));
    all.add(Planted.of("a secret's base64", secret.substring("whsec_".length())));
    return all;
  }
}
