package dev.backlane.system.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Statement;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient;
import dev.backlane.system.support.webhooks.NotifiedClient;
import dev.backlane.system.support.webhooks.WebhookReceiver;
import java.time.Duration;
import java.util.List;

/// CONTRACT 2.4: deliveries survive the end of the process, whichever it is.
final class DeliveryCrashStatements {
  // The third attempt is so late that the process is killed before it.
  private static final String SETTINGS =
      AdminClient.SETTINGS
          + """
          webhooks: { allow-cidrs: [127.0.0.0/8], retry-schedule: [50ms, 5s], timeout: 30s }
          """;

  private static final Duration DRAINING_WITHIN = Duration.ofSeconds(10);

  List<Statement> rows() {
    return List.of(
        new Statement(
            "SIGKILL while the receiver holds the second attempt: delivered after the next start",
            this::killedWithinAttempt),
        new Statement(
            "SIGKILL while the third attempt is waited for: delivered after the next start, in its time",
            this::killedBetweenAttempts),
        new Statement(
            "SIGTERM while an attempt is under way: it is waited for, and not made again",
            this::terminatedWithinAttempt),
        new Statement(
            "SIGTERM while a receiver is silent: the process ends, and the attempt is made again",
            this::terminatedWithinSilence));
  }

  private void killedWithinAttempt() throws Exception {
    var gate = new HeldResponse(WebhookReceiver.accepting());
    try (var stand = TestGateway.open(SETTINGS);
        var party = new NotifiedClient(stand, "killed")) {
      party.subscribe();
      party.receiver().answers(WebhookReceiver.refusing(500), gate, WebhookReceiver.accepting());
      var id = party.call("subscription");
      gate.awaitRequest();
      stand.crash();
      gate.open();
      stand.restart();
      var delivery = party.operator().awaitDelivery(id, "delivered");
      // The receiver had the attempt that broke off; the log could not.
      assertThat(delivery.statusCodes()).containsExactly(500, 200);
      assertThat(party.receiver().received())
          .hasSize(3)
          .extracting(WebhookReceiver::idOf)
          .containsOnly(id);
    }
  }

  private void killedBetweenAttempts() throws Exception {
    try (var stand = TestGateway.open(SETTINGS);
        var party = new NotifiedClient(stand, "killed")) {
      party
          .receiver()
          .answers(
              WebhookReceiver.refusing(500),
              WebhookReceiver.refusing(500),
              WebhookReceiver.accepting());
      var id = party.call();
      var due = party.operator().awaitDelivery(id, "due", 2);
      stand.crash();
      assertThat(party.receiver().received()).hasSize(2);
      assertThat(due.nextAttempt()).isEqualTo(3);
      stand.restart();
      var delivery = party.operator().awaitDelivery(id, "delivered");
      assertThat(delivery.statusCodes()).containsExactly(500, 500, 200);
      assertThat(delivery.attempts().getLast().startedUtc()).isAfterOrEqualTo(due.nextAttemptUtc());
      assertThat(party.receiver().received()).extracting(WebhookReceiver::idOf).containsOnly(id);
    }
  }

  private void terminatedWithinAttempt() throws Exception {
    var gate = new HeldResponse(WebhookReceiver.accepting());
    try (var stand = TestGateway.open(SETTINGS);
        var party = new NotifiedClient(stand, "terminated")) {
      party.receiver().answers(gate);
      var id = party.call();
      gate.awaitRequest();
      stand.gateway().terminate();
      Deadline.within(
          DRAINING_WITHIN,
          "the gateway drains",
          () -> party.http().get("/health/ready").status() == 503);
      gate.open();
      endedWell(stand);
      stand.restart();
      assertThat(party.operator().delivery(id).state()).isEqualTo("delivered");
      assertThat(party.receiver().received()).hasSize(1);
    }
  }

  private void terminatedWithinSilence() throws Exception {
    var gate = new HeldResponse(WebhookReceiver.accepting());
    try (var stand = TestGateway.open(SETTINGS);
        var party = new NotifiedClient(stand, "terminated")) {
      party.receiver().answers(gate, WebhookReceiver.accepting());
      var id = party.call();
      gate.awaitRequest();
      stand.gateway().terminate();
      endedWell(stand);
      stand.restart();
      party.operator().awaitDelivery(id, "delivered");
      assertThat(party.receiver().received())
          .hasSize(2)
          .extracting(WebhookReceiver::idOf)
          .containsOnly(id);
    } finally {
      gate.open();
    }
  }

  private static void endedWell(TestGateway stand) {
    var ended = stand.gateway().awaitEnd();
    assertThat(ended.exitCode()).as("%s", ended).isZero();
    assertThat(ended.err()).noneMatch(line -> line.contains("\tat "));
  }
}
