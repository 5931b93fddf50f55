package dev.backlane.system.webhooks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.ClosedPort;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.RecordingApi.Received;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient;
import dev.backlane.system.support.webhooks.DeliveryView;
import dev.backlane.system.support.webhooks.NotifiedClient;
import dev.backlane.system.support.webhooks.WebhookReceiver;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// CONTRACT 2.4: the outcome of delivery attempts, and their log.
@Timeout(90)
final class DeliveryAttemptTest {
  private static final int EXCERPT_BYTES = 1024;
  private static final Duration SLACK = Duration.ofSeconds(3);
  private static final long DRIP_PACE_MILLIS = 50;

  @RegisterExtension
  static final TestGateway gateway = TestGateway.with(AdminClient.SETTINGS + DeliverySettings.YAML);

  @Test
  @DisplayName("a receiver that fails three times gets the same notification a fourth time")
  void repeatsUntilAccepted() throws Exception {
    try (var notified = new NotifiedClient(gateway, "repeated")) {
      notified
          .receiver()
          .respondWith(
              WebhookReceiver.refusing(500),
              RecordingApi.breaking(),
              WebhookReceiver.refusing(404),
              WebhookReceiver.accepting());
      var id = notified.call();
      var delivery = notified.operator().awaitDelivery(id, "delivered");
      var received = notified.receiver().received();
      assertThat(received).hasSize(4);
      assertThat(received).extracting(WebhookReceiver::idOf).containsOnly(id);
      assertThat(received)
          .extracting(each -> new String(each.body(), ISO_8859_1))
          .containsOnly(delivery.body());
      assertThat(delivery.statusCodes()).containsExactly(500, 0, 404, 200);
      assertThat(delivery.nextAttempt()).isNull();
      assertThat(delivery.endedUtc()).isBetween(Instant.EPOCH, Instant.now());
      assertThat(delivery.reason()).isNull();
    }
  }

  @Test
  @DisplayName(
      "the log has each attempt with its time, duration, status and the first KiB of the response")
  void logsEachAttempt() throws Exception {
    try (var notified = new NotifiedClient(gateway, "logged")) {
      var long10KiB = "x".repeat(10 * EXCERPT_BYTES);
      notified
          .receiver()
          .respondWith(
              RecordingApi.responding(500, long10KiB),
              RecordingApi.responding(500, "short\r\nin two lines"),
              RecordingApi.responding(204, ""));
      var before = Instant.now();
      var id = notified.call();
      var delivery = notified.operator().awaitDelivery(id, "delivered");
      assertThat(delivery.attempts())
          .extracting(DeliveryView.Attempt::detail)
          .containsExactly("x".repeat(EXCERPT_BYTES), "short in two lines", "");
      assertThat(delivery.statusCodes()).containsExactly(500, 500, 204);
      assertThat(delivery.attempts())
          .allSatisfy(attempt -> {
            assertThat(attempt.startedUtc()).isBetween(before, Instant.now());
            assertThat(attempt.tookMillis()).isBetween(0L, DeliverySettings.TIMEOUT.toMillis());
          })
          .isSortedAccordingTo((one, other) -> one.startedUtc().compareTo(other.startedUtc()));
      var raw = notified.operator().http().get(AdminClient.DELIVERIES + "/" + id).json();
      assertThat((List<?>) raw.getOrDefault("attempts", List.of()))
          .hasSize(3)
          .allSatisfy(attempt ->
              assertThat(((Map<?, ?>) attempt).keySet().stream().map(String::valueOf))
                  .containsExactly("startedUtc", "tookMillis", "statusCode", "detail"));
    }
  }

  @Test
  @DisplayName("a redirect is not followed and counts as a failure")
  void doesNotFollowRedirects() throws Exception {
    try (var notified = new NotifiedClient(gateway, "redirected");
        var elsewhere = new WebhookReceiver()) {
      notified
          .receiver()
          .respondWith(
              WebhookReceiver.refusing(302, "Location: " + elsewhere.url()),
              WebhookReceiver.refusing(307, "Location: /elsewhere"),
              WebhookReceiver.refusing(308, "Location: " + elsewhere.url()),
              WebhookReceiver.accepting());
      var delivery = notified.operator().awaitDelivery(notified.call(), "delivered");
      assertThat(delivery.statusCodes()).containsExactly(302, 307, 308, 200);
      assertThat(elsewhere.receivedAnywhere()).isEmpty();
      assertThat(notified.receiver().receivedAnywhere())
          .extracting(Received::path)
          .containsOnly(WebhookReceiver.PATH);
    }
  }

  @Test
  @DisplayName(
      "a receiver that does not respond within webhooks.timeout has failed, and the attempt ends in time")
  void endsSilentAttemptInTime() throws Exception {
    var silent = new HeldResponse();
    try (var notified = new NotifiedClient(gateway, "silent")) {
      notified.receiver().respondWith(silent, WebhookReceiver.accepting());
      endedInTime(notified);
    } finally {
      silent.release();
    }
  }

  @Test
  @DisplayName(
      "a receiver whose response does not end within webhooks.timeout has failed, and the attempt ends in time")
  void endsSlowResponseInTime() throws Exception {
    try (var notified = new NotifiedClient(gateway, "dripping")) {
      notified.receiver().respondWith((_, client) -> dripInto(client), WebhookReceiver.accepting());
      endedInTime(notified);
    }
  }

  @Test
  @DisplayName("a refused connection is a failure, with the reason in the log")
  void logsRefusedConnection() throws Exception {
    try (var notified = new NotifiedClient(gateway, "unreachable");
        var closed = new ClosedPort()) {
      var id = notified.call(closed.url() + "/hook");
      var delivery = notified.operator().awaitDelivery(id, "failed");
      assertThat(delivery.statusCodes())
          .isEqualTo(Collections.nCopies(DeliverySettings.ATTEMPTS, 0));
      assertThat(delivery.attempts())
          .allSatisfy(attempt -> assertThat(attempt.detail()).contains("refused"));
    }
  }

  @Test
  @DisplayName("a delivery fails after the last attempt of its schedule")
  void failsAfterLastAttempt() throws Exception {
    try (var notified = new NotifiedClient(gateway, "used-up")) {
      notified.receiver().respondWith(WebhookReceiver.refusing(500));
      var delivery = notified.operator().awaitDelivery(notified.call(), "failed");
      assertThat(delivery.reason())
          .isEqualTo("the receiver did not accept it in " + DeliverySettings.ATTEMPTS + " attempts");
      assertThat(delivery.statusCodes())
          .isEqualTo(Collections.nCopies(DeliverySettings.ATTEMPTS, 500));
      assertThat(delivery.endedUtc()).isNotNull();
      assertThat(notified.receiver().received()).hasSize(DeliverySettings.ATTEMPTS);
    }
  }

  @Test
  @DisplayName("Retry-After of a 503 is honored, though the schedule is shorter")
  void waitsForRetryAfter() throws Exception {
    retryAfterIsHonoured("2");
  }

  @Test
  @DisplayName("a malformed Retry-After is ignored")
  void ignoresMalformedRetryAfter() throws Exception {
    try (var notified = new NotifiedClient(gateway, "asks-nonsense")) {
      notified
          .receiver()
          .respondWith(
              WebhookReceiver.refusing(503, "Retry-After: soon"),
              WebhookReceiver.refusing(429, "Retry-After: -1"),
              WebhookReceiver.accepting());
      assertThat(notified.operator().awaitDelivery(notified.call(), "delivered").statusCodes())
          .containsExactly(503, 429, 200);
    }
  }

  private static void endedInTime(NotifiedClient notified) throws Exception {
    var delivery = notified.operator().awaitDelivery(notified.call(), "delivered");
    assertThat(delivery.statusCodes()).containsExactly(0, 200);
    var attempt = delivery.attempts().getFirst();
    assertThat(attempt.detail())
        .isEqualTo("no response within " + DeliverySettings.TIMEOUT.toMillis() + " ms");
    assertThat(attempt.tookMillis())
        .isBetween(
            DeliverySettings.TIMEOUT.toMillis(), DeliverySettings.TIMEOUT.plus(SLACK).toMillis());
  }

  // Sends a byte every 50 ms and never completes.
  private static void dripInto(Socket client) throws IOException, InterruptedException {
    var never = new CountDownLatch(1);
    var out = client.getOutputStream();
    out.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".getBytes(ISO_8859_1));
    while (!never.await(DRIP_PACE_MILLIS, TimeUnit.MILLISECONDS)) {
      out.write(' ');
      out.flush();
    }
  }

  private void retryAfterIsHonoured(String value) throws Exception {
    try (var notified = new NotifiedClient(gateway, "asks-to-wait")) {
      notified
          .receiver()
          .respondWith(
              WebhookReceiver.refusing(503, "Retry-After: " + value), WebhookReceiver.accepting());
      var attempts = notified.operator().awaitDelivery(notified.call(), "delivered").attempts();
      assertThat(Duration.between(attempts.get(0).startedUtc(), attempts.get(1).startedUtc()))
          .isGreaterThanOrEqualTo(Duration.ofSeconds(Integer.parseInt(value)));
    }
  }
}
