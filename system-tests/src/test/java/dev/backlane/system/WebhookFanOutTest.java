package dev.backlane.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.WebhookReceivers.Arrival;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A receiver that does not do its part costs the others nothing: each is told as if it were alone.
///
/// What is measured is the delay of a notification: from the end of its operation to the last byte at its receiver, on one
/// clock. Both runs of a test are made of the same process, which has been warmed up, and of the same load, far from what it
/// can bear. The median of the run with receivers that fail is at most 2 × that of the run without; a median below
/// [#FLOOR] (5 ms) counts as that, since two medians of 1 ms and 2.5 ms tell of the machine, not of the gateway.
final class WebhookFanOutTest {
  private static final Duration FLOOR = Duration.ofMillis(5);
  private static final int TIMES_MAX = 2;
  private static final int CALLS_PER_SECOND = 250;
  private static final int WARM_UP_CALLS = 3_000;
  private static final Duration ARRIVE_WITHIN = Duration.ofSeconds(30);

  /// The delays of a run, shortest first.
  private record Delays(List<Duration> sorted) {
    static Delays of(List<Arrival> arrivals) {
      return new Delays(
          arrivals.stream()
              .map(arrival -> Duration.between(arrival.told().occurredUtc(), arrival.at()))
              .sorted()
              .toList());
    }

    Duration median() {
      return sorted.get(sorted.size() / 2);
    }

    Duration ofHundred(int share) {
      return sorted.get(sorted.size() * share / 100);
    }

    @Override
    public String toString() {
      return "%d notifications, median %.2f ms, p99 %.2f ms, longest %.2f ms"
          .formatted(
              sorted.size(), millis(median()), millis(ofHundred(99)), millis(sorted.getLast()));
    }

    private static double millis(Duration time) {
      return time.toNanos() / 1e6;
    }
  }

  @Test
  @Timeout(120)
  void oneThatHangsAndOneThatRefusesDoNotDelayThe98Others() throws Exception {
    try (var receivers = new WebhookReceivers(100);
        var stand = Stand.open(WebhookReceivers.SETTINGS)) {
      run(stand, receivers, WARM_UP_CALLS, _ -> true);
      var allWell = run(stand, receivers, 2_000, _ -> true);

      receivers.answering(0, WebhookReceivers.HANGING);
      receivers.answering(1, WebhookReceivers.REFUSING);
      var twoFail = run(stand, receivers, 2_000, receiver -> receiver > 1);

      print("100 receivers take it at once", allWell);
      print("1 of 100 hangs and 1 answers 500, the others", twoFail);
      assertNotDelayed(allWell, twoFail);
    }
  }

  @Test
  @Timeout(120)
  void oneThatHangsDoesNotDelayThe999Others() throws Exception {
    try (var receivers = new WebhookReceivers(1_000);
        var stand = Stand.open(WebhookReceivers.SETTINGS)) {
      run(stand, receivers, WARM_UP_CALLS, _ -> true);
      var allWell = run(stand, receivers, 3_000, _ -> true);

      receivers.answering(0, WebhookReceivers.HANGING);
      var oneHangs = run(stand, receivers, 3_000, receiver -> receiver > 0);

      print("1,000 receivers take it at once", allWell);
      print("1 of 1,000 hangs, the others", oneHangs);
      assertNotDelayed(allWell, oneHangs);
    }
  }

  /// Makes calls for all receivers in turn, and waits until those that do well have been told of all that was accepted.
  ///
  /// @param well which receivers these are; the others have at least been tried
  /// @return the delays of those that do well
  private static Delays run(Stand stand, WebhookReceivers receivers, int calls, IntPredicate well)
      throws Exception {
    int before = receivers.arrivals().size();
    var accepted = load(stand, receivers, calls);
    var expected =
        accepted.entrySet().stream()
            .filter(call -> well.test(Integer.parseInt(call.getValue())))
            .map(Map.Entry::getKey)
            .collect(Collectors.toSet());

    Deadline.within(
        ARRIVE_WITHIN,
        "all that was accepted is told",
        () ->
            arrivals(receivers, before, well).stream()
                .map(Arrival::webhookId)
                .collect(Collectors.toSet())
                .containsAll(expected));

    var told = arrivals(receivers, before, well);
    assertThat(told)
        .as("each is told once, of what it asked for")
        .extracting(Arrival::webhookId)
        .doesNotHaveDuplicates();
    assertThat(told)
        .allSatisfy(arrival ->
            assertThat(accepted).containsEntry(arrival.webhookId(), "" + arrival.receiver()));
    assertThat(receivers.arrivals().stream().skip(before).map(Arrival::receiver).distinct())
        .as("receivers that were called")
        .hasSize(receivers.count());
    return Delays.of(told);
  }

  private static List<Arrival> arrivals(WebhookReceivers receivers, int before, IntPredicate well) {
    return receivers.arrivals().stream()
        .skip(before)
        .filter(arrival -> well.test(arrival.receiver()))
        .toList();
  }

  /// @return what was accepted, by id the number of its receiver
  private static Map<String, String> load(Stand stand, WebhookReceivers receivers, int calls)
      throws InterruptedException {
    var token = stand.token(Stand.CLIENT, Stand.TENANT, Stand.CLIENT);
    try (var load =
        new SteadyLoad(
            stand.gateway().url(),
            number -> call(number, number % receivers.count(), receivers, token))) {
      load.start(CALLS_PER_SECOND);
      load.awaitAccepted(calls);
      load.stop();
      assertThat(load.refusals()).isEmpty();
      return load.accepted();
    }
  }

  private static SteadyLoad.Call call(
      int number, int receiver, WebhookReceivers receivers, String token) {
    byte[] body = ("job " + number).getBytes(UTF_8);
    return new SteadyLoad.Call(
        Integer.toString(receiver), Line.notifying(receivers.url(receiver), "/job", token, body));
  }

  private static void print(String run, Delays delays) {
    System.out.println(run + ": " + delays);
  }

  private static void assertNotDelayed(Delays allWell, Delays someFail) {
    var most = allWell.median().compareTo(FLOOR) > 0 ? allWell.median() : FLOOR;
    assertThat(someFail.median())
        .as("the median of those that do well")
        .isLessThanOrEqualTo(most.multipliedBy(TIMES_MAX));
  }
}
