package dev.backlane.system.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.background.Threads;
import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import dev.backlane.store.postgres.sql.ConnectionSettings;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.system.support.DelayedResponses;
import dev.backlane.system.support.SteadyLoad;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Nodes that reach PostgreSQL through PgBouncer in transaction mode start, migrate, execute calls
/// and take over those of a killed node.
@Tag("alone")
final class PoolerTest {
  private static final int NODES = 3;
  private static final int SUBMITS_PER_SECOND_AND_NODE = 20;
  private static final int CALLS = 40;
  private static final int LARGE_BODY_BYTES = 300_000;

  private static final String[] FAST_START = {
    "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"
  };

  @Test
  @Timeout(180)
  void nodesWorkBehindAPoolerInTransactionMode() throws Exception {
    try (var delays = new DelayedResponses();
        var postgres = PostgresServer.start(PostgresVersion.NEWEST)) {
      postgres.createDatabase("pooled");
      // All nodes start at the same time, on an empty database.
      try (var pooler = new Pooler(postgres, "pooled");
          var cluster = Cluster.openBehindPooler(postgres, pooler.url(), NODES, FAST_START)) {
        var workload = new ClusterWorkload(cluster, delays);
        var accepted = loads(workload, cluster.nodes().getFirst());
        var last = cluster.nodes().getLast().http();
        last.awaitEnd(last.beginWith("POST", "/large", "x".repeat(LARGE_BODY_BYTES)));
        var states = workload.ends();
        assertThat(states.keySet()).containsAll(accepted.keySet());
        assertThat(workload.history().repeated("POST")).isZero();
        states.keySet().retainAll(accepted.keySet());
        workload.check(accepted, states);
        assertNoErrors(cluster);
      }
    }
  }

  /// Also with `store.listen`, which says that there is no pooler.
  @Test
  @Timeout(60)
  void noStatementStaysPreparedBehindAPooler() throws Exception {
    try (var postgres = PostgresServer.start(PostgresVersion.NEWEST)) {
      postgres.createDatabase("pooled");
      assertThat(prepared(postgres, postgres.url("pooled"))).isOne();
      try (var pooler = new Pooler(postgres, "pooled")) {
        assertThat(prepared(postgres, pooler.url())).isZero();
      }
    }
  }

  /// Reads, and returns how many statements the session keeps prepared.
  private static int prepared(PostgresServer postgres, String url) {
    var settings =
        new ConnectionSettings(
            url, Optional.of(postgres.user()), Optional.of(postgres.password()), 3, true);
    try (var database = Database.connect(settings, Threads.VIRTUAL)) {
      return database.read(connection -> {
        try (var read = database.prepare(connection, "SELECT 1");
            var count =
                connection.prepareStatement("SELECT count(*) FROM pg_prepared_statements")) {
          read.executeQuery().close();
          try (var row = count.executeQuery()) {
            row.next();
            return row.getInt(1);
          }
        }
      });
    }
  }

  /// Runs calls on all nodes, and kills and starts one of them meanwhile.
  private static Map<String, String> loads(ClusterWorkload workload, ClusterNode victim)
      throws InterruptedException {
    var loads = workload.loads();
    try {
      loads.forEach(load -> load.start(SUBMITS_PER_SECOND_AND_NODE));
      awaitAccepted(loads);
      victim.kill();
      victim.start();
      awaitAccepted(loads);
      loads.forEach(SteadyLoad::stop);
      return ClusterWorkload.accepted(loads);
    } finally {
      loads.forEach(SteadyLoad::close);
    }
  }

  private static void awaitAccepted(List<SteadyLoad> loads) throws InterruptedException {
    for (var load : loads) {
      load.awaitAccepted(CALLS);
    }
  }

  private static void assertNoErrors(Cluster cluster) {
    var lines = new ArrayList<String>();
    for (var node : cluster.nodes()) {
      node.terminate();
      var ended = node.awaitEnd();
      assertThat(ended.exitCode()).isZero();
      lines.addAll(ended.out());
      lines.addAll(ended.err());
    }
    assertThat(lines)
        .noneMatch(line -> line.contains("prepared statement") || line.contains(" ERROR "));
  }
}
