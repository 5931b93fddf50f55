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

/// Nodes that share a database die again and again under load, and the database with them; what they promised is kept, nothing
/// is done twice that must not be, and what a dead node had under way is soon taken over. The history is checked against what
/// the APIs behind the nodes have recorded.
@Tag("alone")
final class NodesTest {
  private static final int NODES = 3;
  private static final int KILLS = 7;

  /// After so many kills PostgreSQL is stopped and started.
  private static final int KILLS_BEFORE_STOP = 2;

  /// And after so many it is killed and started.
  private static final int KILLS_BEFORE_CRASH = 5;

  private static final int SUBMITS_PER_SECOND_AND_NODE = 30;

  /// A node is killed each time that another one has accepted so many calls, 1 to 2 s after the last one is back.
  private static final int CALMS_MIN = 30;

  private static final int CALMS_MAX = 60;

  /// The lease's 10 s, a look of 2 s or the 3 s after the database was away, and what it takes to settle. The time in which
  /// the database is away is not counted: nobody can take anything then.
  private static final Duration TAKEOVER_MAX = Duration.ofSeconds(15);

  private static final String[] STARTS_QUICKLY = {
    "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"
  };

  private final long seed = Long.getLong("backlane.kills.seed", System.nanoTime());

  @Test
  @Timeout(180)
  void keepTheirPromisesThroughKillsAndRestartsOfPostgres() throws Exception {
    System.out.println("seed " + seed + " (-Dbacklane.kills.seed repeats it)");
    try (var holding = new DelayedResponses();
        var postgres = PostgresServer.start(PostgresVersion.NEWEST);
        var cluster =
            Cluster.open(postgres, NODES, "execution: { concurrency: 64 }\n", STARTS_QUICKLY)) {
      var ledger = new ClusterWorkload(cluster, holding);
      var history = ledger.history();
      var accepted = killUnderLoad(cluster, postgres, ledger);
      var states = ledger.ends();
      states.keySet().retainAll(accepted.keySet());

      int lost = accepted.size() - states.size();
      long repeated = history.repeated("POST");
      var takeovers = history.takeovers(accepted, states.values());
      var longest = takeovers.stream().max(comparing(Takeover::idle)).orElseThrow();
      System.out.println(
          String.format(
              Locale.ROOT,
              "%d nodes, %d kills, %d restarts of PostgreSQL: %d accepted, %d lost, %d repeated POSTs,"
                  + " %d taken over within %.1f s (%.1f s with PostgreSQL away)",
              NODES,
              history.kills(),
              history.outages(),
              accepted.size(),
              lost,
              repeated,
              takeovers.size(),
              longest.idle().toMillis() / 1000.0,
              longest.after().toMillis() / 1000.0));

      assertThat(lost).as("answered 202 and never ended").isZero();
      assertThat(repeated).as("POSTs received more than once").isZero();
      assertThat(takeovers)
          .filteredOn(takeover -> takeover.idle().compareTo(TAKEOVER_MAX) > 0)
          .as("what lay longer than %s with a dead node; killed were %s", TAKEOVER_MAX, history)
          .isEmpty();
      ledger.check(accepted, states);
    }
  }

  /// @return what was answered 202, by id its method
  private Map<String, String> killUnderLoad(
      Cluster cluster, PostgresServer postgres, ClusterWorkload ledger)
      throws InterruptedException {
    var random = new SplittableRandom(seed);
    var loads = ledger.loads();
    try {
      loads.forEach(load -> load.start(SUBMITS_PER_SECOND_AND_NODE));
      for (int kill = 1; kill <= KILLS; kill++) {
        int victim = random.nextInt(NODES);
        int other = (victim + 1) % NODES;
        loads.get(other).awaitAccepted(random.nextInt(CALMS_MIN, CALMS_MAX));
        cluster.nodes().get(victim).kill();
        ledger.history().killed(victim);
        cluster.nodes().get(victim).start();
        restart(postgres, kill, ledger.history());
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
    history.wasAway(from);
  }
}
