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

/// The process dies again and again while it notifies: no end is told that the store does not know, none is kept back, and
/// what is told again is the same.
///
/// A process that is killed leaves to its successor what it has handed to the operating system; what a power cut would leave is
/// not shown here.
final class WebhookCrashTest {
  private static final int OPERATIONS = 10_000;
  private static final int SUBMITS_PER_SECOND = 400;
  private static final int RECEIVERS = 20;
  private static final Duration CALL_TAKES = Duration.ofMillis(20);

  /// Long enough that some are under way whenever the process dies.
  private static final Duration TAKING_TAKES = Duration.ofMillis(40);

  /// A process lives until so many calls were accepted, for a second or two, and is then asked for all that it knows.
  private static final int LIFE_MIN = 300;

  private static final int LIFE_MAX = 900;
  private static final String[] STARTS_QUICKLY = {"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"};
  private static final String PAGE = "/v1/background?limit=200";
  private static final Duration TOLD_WITHIN = Duration.ofSeconds(30);

  private final long seed = Long.getLong("backlane.kills.seed", System.nanoTime());

  private int kills;

  @Test
  @Timeout(240)
  void tellsEachOf10000EndsUnderKill9AndNoneThatIsNotDurable() throws Exception {
    System.out.println("seed " + seed + " (-Dbacklane.kills.seed repeats it)");
    try (var holding = new DelayedResponses();
        var receivers = new WebhookReceivers(RECEIVERS);
        var gateway =
            TestGateway.with("execution: { concurrency: 64 }\n" + WebhookReceivers.SETTINGS)
                .jvmOptions(STARTS_QUICKLY)
                .start()) {
      gateway.api().on("/job", holding.each(CALL_TAKES));
      for (int each = 0; each < RECEIVERS; each++) {
        receivers.answering(each, holding.each(TAKING_TAKES));
      }
      var accepted = killUnderLoad(gateway, receivers);

      Deadline.within(
          TOLD_WITHIN,
          "every operation that was accepted is told",
          () -> ids(receivers.arrivals()).containsAll(accepted.keySet()));
      killAndCheck(gateway, receivers);
      var arrivals = receivers.arrivals();
      long repeats = assertRepeatsAreTheSame(arrivals);
      System.out.println(
          "%d kills: %d accepted, %d notified, %d repeats"
              .formatted(kills, accepted.size(), ids(arrivals).size(), repeats));
      assertThat(repeats).as("a process died between an arrival and its settling").isPositive();
      assertThat(arrivals)
          .filteredOn(arrival -> accepted.containsKey(arrival.webhookId()))
          .as("each goes where it was asked for")
          .allSatisfy(arrival ->
              assertThat(accepted).containsEntry(arrival.webhookId(), "" + arrival.receiver()));
    }
  }

  /// @return what was answered 202, by id the number of its receiver
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
          .as("answers other than 202 are those of a gateway that starts")
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

  /// Kills the process and shows that its successor knows all ends that have ever been told.
  private void killAndCheck(TestGateway gateway, WebhookReceivers receivers) throws Exception {
    gateway.crash();
    kills++;
    var told = receivers.arrivals();
    gateway.restartInPlace();
    var known = states(gateway.http());
    told.forEach(arrival -> assertKnown(known.get(arrival.webhookId()), arrival));
  }

  /// All operations as the store has them, by id.
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

  private static void assertKnown(@Nullable BackgroundRequestStateDto state, Arrival arrival) {
    var told = arrival.told();
    assertThat(told.id()).isEqualTo(arrival.webhookId());
    assertThat(state).as("%s was told", told).isNotNull();
    var known = Objects.requireNonNull(state);
    assertThat(known.finishedUtc()).as("%s was told", told).isEqualTo(told.occurredUtc());
    assertThat(known.status()).isEqualTo(told.status());
    assertThat(known.statusCode()).isEqualTo(told.statusCode());
  }

  /// @return how often something arrived that had arrived before
  private static long assertRepeatsAreTheSame(List<Arrival> arrivals) {
    var byId = arrivals.stream().collect(Collectors.groupingBy(arrival -> arrival.told().id()));
    assertThat(byId.values())
        .allSatisfy(same -> {
          assertThat(same).extracting(Arrival::webhookId).containsOnly(same.getFirst().told().id());
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
