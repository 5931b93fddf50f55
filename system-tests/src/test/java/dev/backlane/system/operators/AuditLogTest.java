package dev.backlane.system.operators;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Json;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient;
import dev.backlane.system.support.webhooks.NotifiedClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The audit log of changes by operators.
@Timeout(60)
final class AuditLogTest {
  private static final String URL = "http://192.0.43.8/hook";

  @RegisterExtension
  static final TestGateway gateway =
      TestGateway.with(AdminClient.SETTINGS + AdminSubscriptionTest.SETTINGS);

  private final AdminClient operator = AdminClient.of(gateway);

  @Test
  @DisplayName("the audit log is stored in the data directory, readable by its owner only")
  void isReadableByOwnerOnly() throws Exception {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-------");
  }

  @Test
  @DisplayName("every change is recorded once")
  void recordsEachChangeOnce() throws Exception {
    try (var notified = new NotifiedClient(gateway, "noted")) {
      int before = lines().size();
      var begun = Instant.now();
      var id = notified.subscribe().id();
      operator.change(id, Map.of("enabled", true));
      operator.rotate(id);
      assertThat(operator.post(AdminClient.SUBSCRIPTIONS + "/" + id + "/test", Map.of()).status())
          .isEqualTo(202);
      var delivery = notified.call();
      operator.awaitDelivery(delivery, "delivered");
      operator.redeliver(delivery);
      var time = "2026-01-31T12:00:00Z";
      operator.redeliverFailed(AdminClient.SUBSCRIPTIONS + "/" + id, Instant.parse(time));
      operator.redeliverFailed(AdminClient.DELIVERIES, Instant.parse(time));
      operator.http().delete(AdminClient.SUBSCRIPTIONS + "/" + id);

      var noted = since(before);
      assertThat(noted)
          .extracting(line -> line.get("action") + " " + line.get("target"))
          .containsExactly(
              "subscription.create " + TestGateway.TENANT + "/noted",
              "subscription.update " + id,
              "subscription.rotate " + id,
              "subscription.test " + id,
              "delivery.redeliver " + delivery,
              "delivery.redeliver-failed " + id + " since " + time,
              "delivery.redeliver-failed all since " + time,
              "subscription.delete " + id);
      assertThat(noted)
          .allSatisfy(line -> {
            assertThat(line.keySet().stream().map(String::valueOf))
                .containsExactly("timeUtc", "operator", "remote", "action", "target");
            assertThat(line.get("operator")).isEqualTo("admin.token");
            assertThat(line.get("remote")).isEqualTo("127.0.0.1");
            assertThat(Instant.parse(String.valueOf(line.get("timeUtc"))))
                .isBetween(begun, Instant.now());
          });
    }
  }

  @Test
  @DisplayName("reads and refused changes are not recorded")
  void recordsNoReadAndNoRefusal() throws Exception {
    var id = operator.subscribe("not-noted", URL).id();
    var path = AdminClient.SUBSCRIPTIONS + "/" + id;
    int before = lines().size();
    operator.http().get(AdminClient.SUBSCRIPTIONS);
    operator.http().get(path);
    operator.http().get(AdminClient.DELIVERIES);
    operator.http().as("wrong").delete(path);
    operator.sendText("PATCH", path, "{\"url\":\"http://10.0.0.1/\"}");
    operator.sendText("PATCH", path, "{\"other\":1}");
    operator.sendText("POST", AdminClient.SUBSCRIPTIONS, "{}");
    operator.post(AdminClient.DELIVERIES + "/redeliver", Map.of("since", "yesterday"));
    assertThat(since(before)).isEmpty();
  }

  @Test
  @DisplayName("the audit log contains no secret and no token")
  void containsNoSecret() throws Exception {
    var made = operator.subscribe("not-in-the-log", URL);
    var rotated = operator.rotate(made.id());
    assertThat(String.join("\n", lines()))
        .contains("not-in-the-log", made.id())
        .doesNotContain("whsec_", made.secret().substring(6), rotated.secret().substring(6))
        .doesNotContain(AdminClient.TOKEN, AdminSubscriptionTest.CONFIGURED_SECRET);
  }

  private Path file() {
    return gateway.dataFolder().resolve("audit.jsonl");
  }

  private List<String> lines() throws IOException {
    return Files.readAllLines(file(), UTF_8);
  }

  private List<Map<?, ?>> since(int line) throws IOException {
    return lines().subList(line, lines().size()).stream()
        .<Map<?, ?>>map(text -> Json.read(text.getBytes(UTF_8), Map.class))
        .toList();
  }
}
