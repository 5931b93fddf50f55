package dev.backlane.system.secrets;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.webhook.WebhookVerifier.Result;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient;
import dev.backlane.system.support.webhooks.NotifiedClient;
import dev.backlane.system.support.webhooks.WebhookReceiver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Signs notifications with secrets of every origin, with all loggers at their finest level, and
/// searches files and output for the secrets. [AdminSubscriptionTest] tests the responses that show
/// one.
@Timeout(120)
final class PlantedWebhookSecretsTest {
  private static final String CONFIGURED = "whsec_cGxhbnRlZC1wbGFudGVkLXBsYW50ZWQtcGxhbnRlZC0=";
  private static final String DEFAULT = "whsec_ZmFsbC1iYWNrLWZhbGwtYmFjay1mYWxsLWJhY2stZmE=";

  @TempDir private Path folder;

  @Test
  @DisplayName("no webhook secret is in files or output")
  void keepsSecretsOutOfFilesAndOutput() throws Exception {
    try (var configured = new WebhookReceiver();
        var gateway =
            TestGateway.with(settings(configured))
                .jvmOptions(VerboseLogging.options(folder))
                .start();
        var registered = new NotifiedClient(gateway, "registered-client");
        var without = new NotifiedClient(gateway, "without-subscription")) {
      var first = registered.subscribe();
      var second = registered.operator().rotate(first.id());
      registered.call("subscription:x-job=marked-pair");
      var both = registered.receiver().await(1).getFirst();
      assertThat(WebhookReceiver.verified(both, first.secret())).isEqualTo(Result.GENUINE);
      assertThat(WebhookReceiver.verified(both, second.secret())).isEqualTo(Result.GENUINE);
      without.call();
      assertThat(WebhookReceiver.verified(without.receiver().await(1).getFirst(), DEFAULT))
          .isEqualTo(Result.GENUINE);
      gateway.http().post("/job", "{}", "erp-api-background", "subscription").acceptedId();
      assertThat(WebhookReceiver.verified(configured.await(1).getFirst(), CONFIGURED))
          .isEqualTo(Result.GENUINE);

      var secrets = List.of(first.secret(), second.secret(), DEFAULT, CONFIGURED);
      gateway.crash();
      assertContainNoSecret(gateway, secrets);
      gateway.restart();
      registered.operator().change(first.id(), Map.of("url", registered.receiver().url()));
      registered.call("subscription");
      assertThat(
              WebhookReceiver.verified(registered.receiver().await(2).getLast(), second.secret()))
          .isEqualTo(Result.GENUINE);
      gateway.process().terminate();
      gateway.process().awaitEnd();
      assertContainNoSecret(gateway, secrets);
    }
  }

  private static String settings(WebhookReceiver configured) {
    return AdminClient.SETTINGS
        + """
        webhooks: { allow-cidrs: [127.0.0.0/8], default-secret: "%s" }
        subscriptions:
          - { tenant: %s, client: %s, url: "%s", secret: "%s" }
        """
            .formatted(
                DEFAULT, TestGateway.TENANT, TestGateway.CLIENT, configured.url(), CONFIGURED);
  }

  private static void assertContainNoSecret(TestGateway gateway, List<String> secrets)
      throws Exception {
    var lines = gateway.process().lines();
    var files = PlantedSecret.filesOf(gateway.dataFolder());
    // The search finds unsealed text, so a secret that it does not find is sealed; and the loggers
    // have logged.
    assertThat(files).contains("registered-client", "marked-pair");
    assertThat(lines).anyMatch(line -> line.startsWith("DEBUG "));
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

  private static List<PlantedSecret> formsOf(String secret) {
    var all = new ArrayList<PlantedSecret>();
    all.add(PlantedSecret.of("a secret", secret));
    all.add(PlantedSecret.of("a secret's base64", secret.substring("whsec_".length())));
    return all;
  }
}
