package dev.backlane.system.postgres;

import static java.util.Comparator.comparing;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import dev.backlane.system.postgres.NodeHistory.Takeover;
import dev.backlane.system.support.DelayedResponses;
import dev.backlane.system.support.SteadyLoad;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Nodes that share a database are killed repeatedly under load, and so is the database: accepted
/// operations end, no unsafe call is repeated, and operations of a killed node are soon taken over.
/// The history is checked against the requests that the APIs recorded.
@Tag("alone")
final class NodesTest {
  private static final int NODES = 3;
  private static final int KILLS = 7;

  /// PostgreSQL is stopped and started after this many kills.
  private static final int KILLS_BEFORE_STOP = 2;

  /// PostgreSQL is killed and started after this many kills.
  private static final int KILLS_BEFORE_CRASH = 5;

  private static final int SUBMITS_PER_SECOND_AND_NODE = 30;

  /// A node is killed when another one has accepted this many calls, 1 to 2 s after the last
  /// restart.
  private static final int CALMS_MIN = 30;

  private static final int CALMS_MAX = 60;

  /// The lease (10 s), the interval of checks (2 s) or the wait after an outage (3 s), and the
  /// settlement. Outages of the database are not counted, because no takeover is possible then.
  private static final Duration TAKEOVER_MAX = Duration.ofSeconds(15);

  /// More attempts than kills, so that no GET or PUT ends with its last one.
  private static final String CONFIG = "execution: { concurrency: 64, max-attempts: 100 }\n";

  private static final String[] FAST_START = {
    "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"
  };

  private final long seed = Long.getLong("backlane.kills.seed", System.nanoTime());

  @Test
  @Timeout(180)
  void endAcceptedOperationsThroughKillsOfNodesAndPostgres() throws Exception {
    System.out.println("seed " + seed + " (-Dbacklane.kills.seed repeats it)");
    try (var delays = new DelayedResponses();
        var postgres = PostgresServer.start(PostgresVersion.NEWEST);
        var cluster = Cluster.open(postgres, NODES, CONFIG, FAST_START)) {
      var workload = new ClusterWorkload(cluster, delays);
      var history = workload.history();
      var accepted = killUnderLoad(cluster, postgres, workload);
      var states = workload.ends();
      states.keySet().retainAll(accepted.keySet());

      int lost = accepted.size() - states.size();
      long repeated = history.repeated("POST");
      var takeovers = history.takeovers(accepted, states.values());
      var longest = takeovers.stream().max(comparing(Takeover::idle)).orElseThrow();
      System.out.println(
          String.format(
              Locale.ROOT,
              "%d nodes, %d kills, %d restarts of PostgreSQL: %d accepted, %d lost, %d repeated POSTs,"
                  + " %d taken over within %.1f s (%.1f s including outages of PostgreSQL)",
              NODES,
              history.kills(),
              history.outages(),
              accepted.size(),
              lost,
              repeated,
              takeovers.size(),
              longest.idle().toMillis() / 1000.0,
              longest.after().toMillis() / 1000.0));

      assertThat(lost).as("accepted and not ended").isZero();
      assertThat(repeated).as("POSTs received more than once").isZero();
      assertThat(takeovers)
          .filteredOn(takeover -> takeover.idle().compareTo(TAKEOVER_MAX) > 0)
          .as("operations not taken over within %s; events: %s", TAKEOVER_MAX, history)
          .isEmpty();
      workload.check(accepted, states);
    }
  }

  /// @return the accepted operations: the method by id
  private Map<String, String> killUnderLoad(
      Cluster cluster, PostgresServer postgres, ClusterWorkload workload)
      throws InterruptedException {
    var random = new SplittableRandom(seed);
    var loads = workload.loads();
    try {
      loads.forEach(load -> load.start(SUBMITS_PER_SECOND_AND_NODE));
      for (int kill = 1; kill <= KILLS; kill++) {
        int victim = random.nextInt(NODES);
        int other = (victim + 1) % NODES;
        loads.get(other).awaitAccepted(random.nextInt(CALMS_MIN, CALMS_MAX));
        cluster.nodes().get(victim).kill();
        workload.history().addKill(victim);
        cluster.nodes().get(victim).start();
        restart(postgres, kill, workload.history());
      }
      for (var load : loads) {
        load.awaitAccepted(CALMS_MIN);
        load.stop();
      }
      return ClusterWorkload.accepted(loads);
    } finally {
      loads.forEach(SteadyLoad::close);
    }
  }

  private static void restart(PostgresServer postgres, int kills, NodeHistory history) {
    var from = Instant.now();
    if (kills == KILLS_BEFORE_STOP) {
      postgres.stop();
    } else if (kills == KILLS_BEFORE_CRASH) {
      postgres.kill();
    } else {
      return;
    }
    postgres.startAgain();
    history.addOutage(from);
  }
}
