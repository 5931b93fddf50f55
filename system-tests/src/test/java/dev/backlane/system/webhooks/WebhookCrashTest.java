package dev.backlane.system.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.DelayedResponses;
import dev.backlane.system.support.GatewayConnection;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.SteadyLoad;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.webhooks.WebhookReceivers.Arrival;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A process that is killed repeatedly while it notifies: no notification is sent before the end is
/// durable, none is lost, and repeats are identical.
///
/// Writes of a killed process survive in the operating system, so this test shows nothing about
/// power failures.
final class WebhookCrashTest {
  private static final int OPERATIONS = 10_000;
  private static final int SUBMITS_PER_SECOND = 400;
  private static final int RECEIVERS = 20;
  private static final Duration CALL_TAKES = Duration.ofMillis(20);

  /// Long enough that some are in flight at each kill.
  private static final Duration RECEIVER_TAKES = Duration.ofMillis(40);

  /// The minimum of accepted calls before the next kill, after a second or two; the store is then
  /// compared with the notifications.
  private static final int LIFE_MIN = 300;

  private static final int LIFE_MAX = 900;
  private static final String[] FAST_START = {"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"};
  private static final String PAGE = "/v1/background?limit=200";
  private static final Duration NOTIFIED_WITHIN = Duration.ofSeconds(30);

  private final long seed = Long.getLong("backlane.kills.seed", System.nanoTime());

  private int kills;

  @Test
  @Timeout(240)
  void notifiesEachOf10000DurableEndsThroughKills() throws Exception {
    System.out.println("seed " + seed + " (-Dbacklane.kills.seed repeats it)");
    try (var delays = new DelayedResponses();
        var receivers = new WebhookReceivers(RECEIVERS);
        var gateway =
            TestGateway.with("execution: { concurrency: 64 }\n" + WebhookReceivers.SETTINGS)
                .jvmOptions(FAST_START)
                .start()) {
      gateway.api().on("/job", delays.of(CALL_TAKES));
      for (int each = 0; each < RECEIVERS; each++) {
        receivers.responding(each, delays.of(RECEIVER_TAKES));
      }
      var accepted = killUnderLoad(gateway, receivers);

      Deadline.within(
          NOTIFIED_WITHIN,
          "every accepted operation is notified",
          () -> ids(receivers.arrivals()).containsAll(accepted.keySet()));
      killAndCheck(gateway, receivers);
      var arrivals = receivers.arrivals();
      long repeats = assertRepeatsAreTheSame(arrivals);
      System.out.println(
          "%d kills: %d accepted, %d notified, %d repeats"
              .formatted(kills, accepted.size(), ids(arrivals).size(), repeats));
      assertThat(repeats)
          .as("a process was killed between an arrival and its settlement")
          .isPositive();
      assertThat(arrivals)
          .filteredOn(arrival -> accepted.containsKey(arrival.webhookId()))
          .as("each arrives at its receiver")
          .allSatisfy(arrival ->
              assertThat(accepted).containsEntry(arrival.webhookId(), "" + arrival.receiver()));
    }
  }

  /// @return the accepted operations: the receiver's number by id
  private Map<String, String> killUnderLoad(TestGateway gateway, WebhookReceivers receivers)
      throws Exception {
    var random = new SplittableRandom(seed);
    var token = gateway.token(TestGateway.CLIENT, TestGateway.TENANT, TestGateway.CLIENT);
    try (var load = new SteadyLoad(gateway.url(), number -> call(number, receivers, token))) {
      load.start(SUBMITS_PER_SECOND);
      while (load.accepted().size() < OPERATIONS) {
        load.awaitAccepted(random.nextInt(LIFE_MIN, LIFE_MAX));
        killAndCheck(gateway, receivers);
      }
      load.stop();
      assertThat(load.refusals())
          .as("a refused call gets 503, because the gateway is starting")
          .allSatisfy(refusal ->
              assertThat(refusal).startsWith("503, Retry-After 5: ").contains("is starting"));
      return load.accepted();
    }
  }

  private static SteadyLoad.Call call(int number, WebhookReceivers receivers, String token) {
    int receiver = number % RECEIVERS;
    byte[] body = ("job " + number).getBytes(UTF_8);
    return new SteadyLoad.Call(
        Integer.toString(receiver),
        GatewayConnection.notifying(receivers.url(receiver), "/job", token, body));
  }

  /// Kills the process and asserts that its successor has every notified end in its store.
  private void killAndCheck(TestGateway gateway, WebhookReceivers receivers) throws Exception {
    gateway.crash();
    kills++;
    var arrivals = receivers.arrivals();
    gateway.restartInPlace();
    var stored = states(gateway.http());
    arrivals.forEach(arrival -> assertStored(stored.get(arrival.webhookId()), arrival));
  }

  /// All operations in the store, by id.
  private static Map<String, BackgroundRequestStateDto> states(Http http) throws Exception {
    var states = new HashMap<String, BackgroundRequestStateDto>();
    @Nullable String cursor = "";
    while (cursor != null) {
      var page = http.get(PAGE + (cursor.isEmpty() ? "" : "&cursor=" + cursor)).page();
      page.items().forEach(state -> states.put(state.id(), state));
      cursor = page.nextCursor();
    }
    return states;
  }

  private static void assertStored(@Nullable BackgroundRequestStateDto state, Arrival arrival) {
    var notification = arrival.notification();
    assertThat(notification.id()).isEqualTo(arrival.webhookId());
    assertThat(state).as("%s was notified", notification).isNotNull();
    var known = Objects.requireNonNull(state);
    assertThat(known.finishedUtc())
        .as("%s was notified", notification)
        .isEqualTo(notification.occurredUtc());
    assertThat(known.status()).isEqualTo(notification.status());
    assertThat(known.statusCode()).isEqualTo(notification.statusCode());
  }

  /// @return the number of repeated notifications
  private static long assertRepeatsAreTheSame(List<Arrival> arrivals) {
    var byId =
        arrivals.stream().collect(Collectors.groupingBy(arrival -> arrival.notification().id()));
    assertThat(byId.values())
        .allSatisfy(same -> {
          assertThat(same)
              .extracting(Arrival::webhookId)
              .containsOnly(same.getFirst().notification().id());
          assertThat(same).extracting(Arrival::receiver).containsOnly(same.getFirst().receiver());
          assertThat(same)
              .extracting(arrival -> ByteBuffer.wrap(arrival.body()))
              .containsOnly(ByteBuffer.wrap(same.getFirst().body()));
        });
    return (long) arrivals.size() - byId.size();
  }

  private static Set<String> ids(List<Arrival> arrivals) {
    return arrivals.stream().map(Arrival::webhookId).collect(Collectors.toSet());
  }
}
