package dev.backlane.system.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient;
import dev.backlane.system.support.webhooks.NotifiedClient;
import dev.backlane.system.support.webhooks.WebhookReceiver;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// CONTRACT 2.4: deliveries survive a kill and a clean stop of the process.
@Timeout(90)
final class DeliveryCrashTest {
  // The third attempt is so late that the process is killed before it starts.
  private static final String SETTINGS =
      AdminClient.SETTINGS
          + """
          webhooks: { allow-cidrs: [127.0.0.0/8], retry-schedule: [50ms, 5s], timeout: 30s }
          """;

  private static final Duration DRAINING_WITHIN = Duration.ofSeconds(10);

  @Test
  @DisplayName("SIGKILL during the second attempt: delivered after the next start")
  void deliversAfterKillDuringAttempt() throws Exception {
    var held = new HeldResponse(WebhookReceiver.accepting());
    try (var gateway = TestGateway.with(SETTINGS).start();
        var notified = new NotifiedClient(gateway, "killed")) {
      notified.subscribe();
      notified
          .receiver()
          .respondWith(WebhookReceiver.refusing(500), held, WebhookReceiver.accepting());
      var id = notified.call("subscription");
      held.awaitRequest();
      gateway.crash();
      held.release();
      gateway.restart();
      var delivery = notified.operator().awaitDelivery(id, "delivered");
      // The receiver got the aborted attempt; the log has no entry for it.
      assertThat(delivery.statusCodes()).containsExactly(500, 200);
      assertThat(notified.receiver().received())
          .hasSize(3)
          .extracting(WebhookReceiver::idOf)
          .containsOnly(id);
    }
  }

  @Test
  @DisplayName("SIGKILL before the third attempt: delivered after the next start, at its time")
  void deliversAfterKillBetweenAttempts() throws Exception {
    try (var gateway = TestGateway.with(SETTINGS).start();
        var notified = new NotifiedClient(gateway, "killed")) {
      notified
          .receiver()
          .respondWith(
              WebhookReceiver.refusing(500),
              WebhookReceiver.refusing(500),
              WebhookReceiver.accepting());
      var id = notified.call();
      var due = notified.operator().awaitDelivery(id, "due", 2);
      gateway.crash();
      assertThat(notified.receiver().received()).hasSize(2);
      assertThat(due.nextAttempt()).isEqualTo(3);
      gateway.restart();
      var delivery = notified.operator().awaitDelivery(id, "delivered");
      assertThat(delivery.statusCodes()).containsExactly(500, 500, 200);
      assertThat(delivery.attempts().getLast().startedUtc()).isAfterOrEqualTo(due.nextAttemptUtc());
      assertThat(notified.receiver().received()).extracting(WebhookReceiver::idOf).containsOnly(id);
    }
  }

  @Test
  @DisplayName("SIGTERM during an attempt: the attempt completes and is not repeated")
  void waitsForAttemptOnTerminate() throws Exception {
    var held = new HeldResponse(WebhookReceiver.accepting());
    try (var gateway = TestGateway.with(SETTINGS).start();
        var notified = new NotifiedClient(gateway, "terminated")) {
      notified.receiver().respondWith(held);
      var id = notified.call();
      held.awaitRequest();
      gateway.process().terminate();
      Deadline.within(
          DRAINING_WITHIN,
          "the gateway drains",
          () -> notified.http().get("/health/ready").status() == 503);
      held.release();
      assertCleanExit(gateway);
      gateway.restart();
      assertThat(notified.operator().delivery(id).state()).isEqualTo("delivered");
      assertThat(notified.receiver().received()).hasSize(1);
    }
  }

  @Test
  @DisplayName("SIGTERM while a receiver is silent: the process ends, and the attempt is repeated")
  void repeatsAttemptAfterTerminate() throws Exception {
    var held = new HeldResponse(WebhookReceiver.accepting());
    try (var gateway = TestGateway.with(SETTINGS).start();
        var notified = new NotifiedClient(gateway, "terminated")) {
      notified.receiver().respondWith(held, WebhookReceiver.accepting());
      var id = notified.call();
      held.awaitRequest();
      gateway.process().terminate();
      assertCleanExit(gateway);
      gateway.restart();
      notified.operator().awaitDelivery(id, "delivered");
      assertThat(notified.receiver().received())
          .hasSize(2)
          .extracting(WebhookReceiver::idOf)
          .containsOnly(id);
    } finally {
      held.release();
    }
  }

  private static void assertCleanExit(TestGateway gateway) {
    var ended = gateway.process().awaitEnd();
    assertThat(ended.exitCode()).as("%s", ended).isZero();
    assertThat(ended.err()).noneMatch(line -> line.contains("\tat "));
  }
}
