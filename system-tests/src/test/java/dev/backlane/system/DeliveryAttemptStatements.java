package dev.backlane.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.RecordingApi.Received;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// CONTRACT 2.4: what follows an attempt to deliver, and what the log tells of it.
final class DeliveryAttemptStatements {
  static final Duration TIMEOUT = Duration.ofSeconds(2);

  /// More attempts than these are not made.
  static final int ATTEMPTS = 4;

  /// Three waits of 100 ms between [#ATTEMPTS].
  static final String SETTINGS =
      """
      webhooks:
        allow-cidrs: [127.0.0.0/8, "::1/128"]
        retry-schedule: [100ms, 100ms, 100ms]
        timeout: %dms
      """
          .formatted(TIMEOUT.toMillis());

  private static final int EXCERPT_BYTES = 1024;
  private static final Duration SLACK = Duration.ofSeconds(3);
  private static final long DRIP_PACE_MILLIS = 50;

  private final Stand stand;

  /// @param stand with [#SETTINGS]
  DeliveryAttemptStatements(Stand stand) {
    this.stand = stand;
  }

  List<Statement> rows() {
    return List.of(
        new Statement(
            "a receiver that fails three times gets the same notification a fourth time",
            this::isRepeated),
        new Statement(
            "the log tells of each attempt its time, what it took, its status and the first KiB of the answer",
            this::isLogged),
        new Statement(
            "a redirect is not followed, and counts as a failure", this::redirectIsNotFollowed),
        new Statement(
            "a receiver that does not answer within webhooks.timeout has failed, and the attempt ends in time",
            this::silenceEnds),
        new Statement(
            "a receiver whose answer does not end within webhooks.timeout has failed, and the attempt ends in time",
            this::dripEnds),
        new Statement(
            "a receiver that cannot be connected to has failed, with the reason in the log",
            this::refusedConnection),
        new Statement("a delivery whose schedule is used up has failed", this::scheduleIsUsedUp),
        new Statement(
            "Retry-After in seconds of a 503 is waited for, though the schedule is shorter",
            () -> retryAfterIsHonoured("2")),
        new Statement(
            "Retry-After that is no time is passed over", this::nonsenseInRetryAfterIsPassedOver));
  }

  private void isRepeated() throws Exception {
    try (var party = new Notified(stand, "repeated")) {
      party
          .receiver()
          .answers(
              Receiver.refusing(500),
              RecordingApi.breaking(),
              Receiver.refusing(404),
              Receiver.accepting());
      var id = party.call();
      var delivery = party.operator().awaitDelivery(id, "delivered");
      var received = party.receiver().received();
      assertThat(received).hasSize(4);
      assertThat(received).extracting(Receiver::idOf).containsOnly(id);
      assertThat(received)
          .extracting(each -> new String(each.body(), ISO_8859_1))
          .containsOnly(delivery.body());
      assertThat(delivery.statusCodes()).containsExactly(500, 0, 404, 200);
      assertThat(delivery.nextAttempt()).isNull();
      assertThat(delivery.endedUtc()).isBetween(Instant.EPOCH, Instant.now());
      assertThat(delivery.reason()).isNull();
    }
  }

  private void isLogged() throws Exception {
    try (var party = new Notified(stand, "logged")) {
      var long10KiB = "x".repeat(10 * EXCERPT_BYTES);
      party
          .receiver()
          .answers(
              RecordingApi.answering(500, long10KiB),
              RecordingApi.answering(500, "short\r\nin two lines"),
              RecordingApi.answering(204, ""));
      var before = Instant.now();
      var id = party.call();
      var delivery = party.operator().awaitDelivery(id, "delivered");
      assertThat(delivery.attempts())
          .extracting(DeliveryView.Attempt::detail)
          .containsExactly("x".repeat(EXCERPT_BYTES), "short in two lines", "");
      assertThat(delivery.statusCodes()).containsExactly(500, 500, 204);
      assertThat(delivery.attempts())
          .allSatisfy(attempt -> {
            assertThat(attempt.startedUtc()).isBetween(before, Instant.now());
            assertThat(attempt.tookMillis()).isBetween(0L, TIMEOUT.toMillis());
          })
          .isSortedAccordingTo((one, other) -> one.startedUtc().compareTo(other.startedUtc()));
      var raw = party.operator().http().get(Operator.DELIVERIES + "/" + id).json();
      assertThat((List<?>) raw.getOrDefault("attempts", List.of()))
          .hasSize(3)
          .allSatisfy(attempt ->
              assertThat(((Map<?, ?>) attempt).keySet().stream().map(String::valueOf))
                  .containsExactly("startedUtc", "tookMillis", "statusCode", "detail"));
    }
  }

  private void redirectIsNotFollowed() throws Exception {
    try (var party = new Notified(stand, "redirected");
        var elsewhere = new Receiver()) {
      party
          .receiver()
          .answers(
              Receiver.refusing(302, "Location: " + elsewhere.url()),
              Receiver.refusing(307, "Location: /elsewhere"),
              Receiver.refusing(308, "Location: " + elsewhere.url()),
              Receiver.accepting());
      var delivery = party.operator().awaitDelivery(party.call(), "delivered");
      assertThat(delivery.statusCodes()).containsExactly(302, 307, 308, 200);
      assertThat(elsewhere.receivedAnywhere()).isEmpty();
      assertThat(party.receiver().receivedAnywhere())
          .extracting(Received::path)
          .containsOnly(Receiver.PATH);
    }
  }

  private void silenceEnds() throws Exception {
    var silent = new Gate();
    try (var party = new Notified(stand, "silent")) {
      party.receiver().answers(silent, Receiver.accepting());
      endedInTime(party);
    } finally {
      silent.open();
    }
  }

  private void dripEnds() throws Exception {
    try (var party = new Notified(stand, "dripping")) {
      party.receiver().answers((_, client) -> dripInto(client), Receiver.accepting());
      endedInTime(party);
    }
  }

  private static void endedInTime(Notified party) throws Exception {
    var delivery = party.operator().awaitDelivery(party.call(), "delivered");
    assertThat(delivery.statusCodes()).containsExactly(0, 200);
    var attempt = delivery.attempts().getFirst();
    assertThat(attempt.detail()).isEqualTo("no response within " + TIMEOUT.toMillis() + " ms");
    assertThat(attempt.tookMillis()).isBetween(TIMEOUT.toMillis(), TIMEOUT.plus(SLACK).toMillis());
  }

  // Never silent for long, and never done.
  private static void dripInto(Socket client) throws IOException, InterruptedException {
    var never = new CountDownLatch(1);
    var out = client.getOutputStream();
    out.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".getBytes(ISO_8859_1));
    while (!never.await(DRIP_PACE_MILLIS, TimeUnit.MILLISECONDS)) {
      out.write(' ');
      out.flush();
    }
  }

  private void refusedConnection() throws Exception {
    try (var party = new Notified(stand, "unreachable");
        var closed = new ClosedPort()) {
      var id = party.call(closed.url() + "/hook");
      var delivery = party.operator().awaitDelivery(id, "failed");
      assertThat(delivery.statusCodes()).isEqualTo(Collections.nCopies(ATTEMPTS, 0));
      assertThat(delivery.attempts())
          .allSatisfy(attempt -> assertThat(attempt.detail()).contains("refused"));
    }
  }

  private void scheduleIsUsedUp() throws Exception {
    try (var party = new Notified(stand, "used-up")) {
      party.receiver().answers(Receiver.refusing(500));
      var delivery = party.operator().awaitDelivery(party.call(), "failed");
      assertThat(delivery.reason())
          .isEqualTo("the receiver did not take it in " + ATTEMPTS + " attempts");
      assertThat(delivery.statusCodes()).isEqualTo(Collections.nCopies(ATTEMPTS, 500));
      assertThat(delivery.endedUtc()).isNotNull();
      assertThat(party.receiver().received()).hasSize(ATTEMPTS);
    }
  }

  private void retryAfterIsHonoured(String value) throws Exception {
    try (var party = new Notified(stand, "asks-to-wait")) {
      party
          .receiver()
          .answers(Receiver.refusing(503, "Retry-After: " + value), Receiver.accepting());
      var attempts = party.operator().awaitDelivery(party.call(), "delivered").attempts();
      assertThat(Duration.between(attempts.get(0).startedUtc(), attempts.get(1).startedUtc()))
          .isGreaterThanOrEqualTo(Duration.ofSeconds(Integer.parseInt(value)));
    }
  }

  private void nonsenseInRetryAfterIsPassedOver() throws Exception {
    try (var party = new Notified(stand, "asks-nonsense")) {
      party
          .receiver()
          .answers(
              Receiver.refusing(503, "Retry-After: soon"),
              Receiver.refusing(429, "Retry-After: -1"),
              Receiver.accepting());
      assertThat(party.operator().awaitDelivery(party.call(), "delivered").statusCodes())
          .containsExactly(503, 429, 200);
    }
  }
}
