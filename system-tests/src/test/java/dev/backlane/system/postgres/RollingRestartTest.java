package dev.backlane.system.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import dev.backlane.protocol.Phase;
import dev.backlane.system.support.DelayedResponses;
import dev.backlane.system.support.RecordingApi;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Three nodes are restarted one after another under a load of long POSTs, behind a load balancer
/// that sends calls only to nodes that are ready: no call is refused, lost, repeated or left with
/// an unknown outcome.
@Tag("alone")
final class RollingRestartTest {
  private static final int NODES = 3;

  /// The longest call. `-Dbacklane.rolling.seconds=60` gives calls of 5 to 60 s, in about 5 min.
  private static final int CALL_SECONDS_MAX = Integer.getInteger("backlane.rolling.seconds", 12);

  private static final int CALL_MILLIS_MAX = CALL_SECONDS_MAX * 1_000;
  private static final int CALL_MILLIS_MIN = CALL_MILLIS_MAX / 12;

  /// About 130 calls are in flight, fewer than the 192 that three nodes execute at a time.
  private static final int SUBMITS_PER_SECOND = 240 / CALL_SECONDS_MAX;

  /// Calls that are accepted between two restarts.
  private static final int CALM = 40;

  private static final String[] FAST_START = {
    "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"
  };

  private static Duration time(RecordingApi.Received request) {
    int number = Integer.parseInt(request.target().replaceFirst(".*\\?", ""));
    int spread = Math.floorMod(number * 7_919, CALL_MILLIS_MAX - CALL_MILLIS_MIN);
    return Duration.ofMillis(CALL_MILLIS_MIN + spread);
  }

  @Test
  @Timeout(600)
  void losesAndRefusesNothing() throws Exception {
    try (var delays = new DelayedResponses();
        var postgres = PostgresServer.start(PostgresVersion.NEWEST);
        var cluster =
            Cluster.open(postgres, NODES, "execution: { concurrency: 64 }\n", FAST_START);
        var balancer = new ReadyNodes(cluster.nodes())) {
      var workload = new ClusterWorkload(cluster, delays.by(RollingRestartTest::time));
      Map<String, String> accepted;
      try (var load = new BalancedLoad(balancer, "/job?", "long job".getBytes(UTF_8))) {
        load.start(SUBMITS_PER_SECOND);
        for (var node : cluster.nodes()) {
          load.awaitAccepted(CALM);
          node.terminate();
          var ended = node.awaitEnd();
          assertThat(ended.exitCode()).as("%s", ended).isZero();
          node.start();
        }
        load.awaitAccepted(CALM);
        accepted = load.stop();
        assertThat(load.failures()).as("calls without a 202").isEmpty();
      }
      var states = workload.ends(Duration.ofSeconds(CALL_SECONDS_MAX + 30));
      states.keySet().retainAll(accepted.keySet());
      var history = workload.history();
      long unfinished =
          states.values().stream().filter(state -> state.phase() != Phase.FINISHED).count();
      System.out.println(
          String.format(
              Locale.ROOT,
              "%d nodes restarted, calls of %d to %d s: %d accepted, %d lost, %d not finished, %d repeated",
              NODES,
              CALL_MILLIS_MIN / 1_000,
              CALL_SECONDS_MAX,
              accepted.size(),
              accepted.size() - states.size(),
              unfinished,
              history.repeated("POST")));

      assertThat(states.keySet()).as("ended").isEqualTo(accepted.keySet());
      assertThat(history.repeated("POST")).as("POSTs received more than once").isZero();
      assertThat(states.values())
          .filteredOn(state -> state.phase() != Phase.FINISHED)
          .as("POSTs that did not finish")
          .isEmpty();
      workload.check(accepted, states);
    }
  }
}
