package dev.backlane.system.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import dev.backlane.system.crash.SmallDisk;
import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.DelayedResponses;
import dev.backlane.system.support.SteadyLoad;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Failures of a database that two nodes share under load. Calls that cannot be stored are refused
/// with 503, the nodes recover by themselves, no operation is lost, and no unsafe call is repeated.
@Tag("alone")
@Timeout(120)
final class DatabaseTroubleTest {
  private static final int NODES = 2;
  private static final int SUBMITS_PER_SECOND_AND_NODE = 30;

  /// Each node accepts this many calls before and after a failure.
  private static final int ACCEPTED_CALLS = 15;

  /// Each node refuses this many calls during a failure that is reported at once, which takes 1 to
  /// 2 s.
  private static final int REFUSALS = 40;

  private static final Duration LEASE = Duration.ofSeconds(3);
  private static final String SETTINGS =
      "execution: { concurrency: 64, lease: " + LEASE.toSeconds() + "s }\n";
  private static final Duration DETECTED_WITHIN = Duration.ofSeconds(8);
  private static final Duration RECOVERED_WITHIN = Duration.ofSeconds(8);
  private static final int CONNECTIONS_PER_SECOND_AND_NODE_MAX = 5;
  private static final int DISK_MEBIBYTES = 64;
  private static final String[] FAST_START = {
    "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"
  };

  private static SmallDisk disk;
  private static PostgresServer postgres;
  private static Cluster cluster;
  private static DelayedResponses delays;
  private static ClusterWorkload workload;

  @BeforeAll
  static void open() throws IOException {
    disk = SmallDisk.mounted(DISK_MEBIBYTES);
    postgres = PostgresServer.start(PostgresVersion.NEWEST);
    var folder = Files.createDirectory(disk.folder().resolve("tables"));
    cluster =
        Cluster.openOn(
            postgres, postgres.createDatabaseIn(folder, "trouble"), NODES, SETTINGS, FAST_START);
    delays = new DelayedResponses();
    workload = new ClusterWorkload(cluster, delays);
  }

  @AfterAll
  static void close() {
    try (var _ = disk;
        var _ = postgres;
        var _ = delays) {
      cluster.close();
    }
  }

  /// A failure of the database, for its whole duration.
  @FunctionalInterface
  private interface Failure {
    void run(List<SteadyLoad> loads) throws Exception;
  }

  @Test
  void recoversFromReadOnlyDatabase() throws Exception {
    assertRecoversFrom(
        "read-only",
        loads -> {
          postgres.set("default_transaction_read_only", "on");
          try {
            awaitUnready(cluster, "store-read-only");
            awaitRefused(loads);
          } finally {
            postgres.set("default_transaction_read_only", "off");
          }
        });
  }

  @Test
  void recoversFromDatabaseFrozenForLongerThanLease() throws Exception {
    assertRecoversFrom(
        "frozen",
        loads -> {
          postgres.freeze();
          long from = System.nanoTime();
          try {
            awaitUnready(cluster, "store-unavailable");
            awaitRefused(loads);
            waitFor(LEASE.plusSeconds(1).minusNanos(System.nanoTime() - from));
          } finally {
            postgres.thaw();
          }
        });
  }

  @Test
  void recoversFromLockedTable() throws Exception {
    assertRecoversFrom(
        "locked",
        _ -> {
          try (var another = postgres.connectAsSuperuser("trouble");
              var statement = another.createStatement()) {
            another.setAutoCommit(false);
            statement.execute("LOCK TABLE active_operation IN ACCESS EXCLUSIVE MODE");
            waitFor(LEASE.plusMillis(500));
            another.rollback();
          }
        });
  }

  @Test
  void recoversFromFullDisk() throws Exception {
    assertRecoversFrom(
        "disk full",
        loads -> {
          disk.loadUpTo(0);
          try {
            awaitUnready(cluster, "disk-full");
            awaitRefused(loads);
            assertThat(loads)
                .allSatisfy(load ->
                    assertThat(load.refusals()).anyMatch(refusal -> refusal.contains("disk-full")));
          } finally {
            disk.unload();
          }
        });
  }

  /// A listener on the port of the database counts connections.
  @Test
  void limitsConnectionAttemptsWhileDatabaseIsStopped() throws Exception {
    assertRecoversFrom(
        "stopped",
        loads -> {
          postgres.stop();
          long from = System.nanoTime();
          try (var connections = new ConnectionCounter(postgres.port())) {
            awaitUnready(cluster, "store-unavailable");
            awaitRefused(loads);
            waitFor(Duration.ofSeconds(1));
            double seconds = (System.nanoTime() - from) / 1e9;
            System.out.printf(
                Locale.ROOT,
                "stopped: %d connection attempts of %d nodes in %.1f s%n",
                connections.count(),
                NODES,
                seconds);
            assertThat(connections.count() / seconds / NODES)
                .as("connection attempts of a node per second")
                .isLessThan(CONNECTIONS_PER_SECOND_AND_NODE_MAX);
          } finally {
            postgres.startAgain();
          }
        });
  }

  @Test
  void recoversFromFailover() throws Exception {
    try (var primary = PostgresServer.start(PostgresVersion.NEWEST)) {
      primary.createDatabase("followed");
      try (var standby = primary.startStandby();
          var both =
              Cluster.openWithSynchronousStandby(
                  primary,
                  "jdbc:postgresql://127.0.0.1:%d,127.0.0.1:%d/followed?targetServerType=primary"
                      .formatted(primary.port(), standby.port()),
                  NODES,
                  SETTINGS,
                  FAST_START)) {
        assertRecoversFrom(
            "failed over",
            new ClusterWorkload(both, delays),
            loads -> {
              primary.kill();
              awaitUnready(both, "store-unavailable");
              awaitRefused(loads);
              standby.promote();
            });
      }
    }
  }

  private static void assertRecoversFrom(String name, Failure failure) throws Exception {
    assertRecoversFrom(name, workload, failure);
  }

  private static void assertRecoversFrom(String name, ClusterWorkload workload, Failure failure)
      throws Exception {
    var loads = workload.loads();
    try {
      loads.forEach(load -> load.start(SUBMITS_PER_SECOND_AND_NODE));
      awaitAccepted(loads);
      failure.run(loads);
      long over = System.nanoTime();
      awaitAccepted(loads);
      var back = Duration.ofNanos(System.nanoTime() - over);
      loads.forEach(SteadyLoad::stop);
      check(name, workload, loads, back);
    } finally {
      loads.forEach(SteadyLoad::close);
    }
  }

  private static void check(
      String name, ClusterWorkload workload, List<SteadyLoad> loads, Duration back)
      throws Exception {
    var accepted = ClusterWorkload.accepted(loads);
    var states = workload.ends();
    states.keySet().retainAll(accepted.keySet());
    int lost = accepted.size() - states.size();
    long repeated = workload.history().repeated("POST");
    System.out.printf(
        Locale.ROOT,
        "%s: %d accepted, %d refused, %d lost, %d repeated POSTs, %d unknown; recovered within %.1f s%n",
        name,
        accepted.size(),
        loads.stream().mapToInt(SteadyLoad::refused).sum(),
        lost,
        repeated,
        states.values().stream().filter(NodeHistory::unknown).count(),
        back.toMillis() / 1000.0);
    assertThat(lost).as("accepted and not ended").isZero();
    assertThat(repeated).as("POSTs received more than once").isZero();
    workload.check(accepted, states);
    assertThat(back).as("calls are accepted again").isLessThan(RECOVERED_WITHIN);
  }

  private static void awaitAccepted(List<SteadyLoad> loads) throws InterruptedException {
    for (var load : loads) {
      load.awaitAccepted(ACCEPTED_CALLS);
    }
  }

  private static void awaitRefused(List<SteadyLoad> loads) throws InterruptedException {
    for (var load : loads) {
      load.awaitRefused(REFUSALS);
    }
  }

  private static void awaitUnready(Cluster cluster, String reason) throws Exception {
    for (var node : cluster.nodes()) {
      var http = node.http();
      Deadline.within(
          DETECTED_WITHIN,
          "/health/ready reports " + reason,
          () -> {
            var response = http.get("/health/ready");
            return response.status() == 503 && reason.equals(response.json().get("reason"));
          });
    }
  }

  /// Waits for the rest of a duration, if any.
  private static void waitFor(Duration time) throws InterruptedException {
    assertThat(new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS)).isFalse();
  }
}
