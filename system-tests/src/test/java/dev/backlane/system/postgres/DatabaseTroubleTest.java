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

/// The database that two nodes share gets into one trouble after the other under load, and out of it again. What cannot be
/// stored is refused with 503, the nodes go on by themselves afterwards, and nothing is lost or done twice that must not be.
@Tag("alone")
@Timeout(120)
final class DatabaseTroubleTest {
  private static final int NODES = 2;
  private static final int SUBMITS_PER_SECOND_AND_NODE = 30;

  /// Each node accepts so many calls before a trouble and after it.
  private static final int CALMS = 15;

  /// Each node refuses so many calls in a trouble that is told at once: it lasts 1 to 2 s.
  private static final int REFUSALS = 40;

  private static final Duration LEASE = Duration.ofSeconds(3);
  private static final String SETTINGS =
      "execution: { concurrency: 64, lease: " + LEASE.toSeconds() + "s }\n";
  private static final Duration NOTICED_WITHIN = Duration.ofSeconds(8);
  private static final Duration BACK_WITHIN = Duration.ofSeconds(8);
  private static final int CONNECTIONS_PER_SECOND_AND_NODE_MAX = 5;
  private static final int DISK_MEBIBYTES = 64;
  private static final String[] STARTS_QUICKLY = {
    "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"
  };

  private static SmallDisk disk;
  private static PostgresServer postgres;
  private static Cluster cluster;
  private static DelayedResponses holding;
  private static ClusterWorkload ledger;

  @BeforeAll
  static void open() throws IOException {
    disk = SmallDisk.mounted(DISK_MEBIBYTES);
    postgres = PostgresServer.start(PostgresVersion.NEWEST);
    var folder = Files.createDirectory(disk.folder().resolve("tables"));
    cluster =
        Cluster.openOn(
            postgres,
            postgres.createDatabaseIn(folder, "trouble"),
            NODES,
            SETTINGS,
            STARTS_QUICKLY);
    holding = new DelayedResponses();
    ledger = new ClusterWorkload(cluster, holding);
  }

  @AfterAll
  static void close() {
    try (var _ = disk;
        var _ = postgres;
        var _ = holding) {
      cluster.close();
    }
  }

  /// What is done to the database, and how long it lasts.
  @FunctionalInterface
  private interface Trouble {
    void happen(List<SteadyLoad> loads) throws Exception;
  }

  @Test
  void readOnly() throws Exception {
    under(
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
  void frozenForLongerThanALease() throws Exception {
    under(
        "frozen",
        loads -> {
          postgres.freeze();
          long from = System.nanoTime();
          try {
            awaitUnready(cluster, "store-unavailable");
            awaitRefused(loads);
            lasts(LEASE.plusSeconds(1).minusNanos(System.nanoTime() - from));
          } finally {
            postgres.thaw();
          }
        });
  }

  @Test
  void aTableLockedByAnother() throws Exception {
    under(
        "locked",
        _ -> {
          try (var another = postgres.connectAsSuperuser("trouble");
              var statement = another.createStatement()) {
            another.setAutoCommit(false);
            statement.execute("LOCK TABLE active_operation IN ACCESS EXCLUSIVE MODE");
            lasts(LEASE.plusMillis(500));
            another.rollback();
          }
        });
  }

  @Test
  void fullDisk() throws Exception {
    under(
        "disk full",
        loads -> {
          disk.loadUpTo(0);
          try {
            awaitUnready(cluster, "disk-full");
            awaitRefused(loads);
            assertThat(loads)
                .allSatisfy(load ->
                    assertThat(load.refusals()).anyMatch(told -> told.contains("disk-full")));
          } finally {
            disk.unload();
          }
        });
  }

  /// What stands in for the database counts who wants to speak to it.
  @Test
  void awayWithoutAStormOfConnections() throws Exception {
    under(
        "away",
        loads -> {
          postgres.stop();
          long from = System.nanoTime();
          try (var door = new ConnectionCounter(postgres.port())) {
            awaitUnready(cluster, "store-unavailable");
            awaitRefused(loads);
            lasts(Duration.ofSeconds(1));
            double seconds = (System.nanoTime() - from) / 1e9;
            System.out.printf(
                Locale.ROOT,
                "away: %d connections were tried by %d nodes in %.1f s%n",
                door.knocks(),
                NODES,
                seconds);
            assertThat(door.knocks() / seconds / NODES)
                .as("connections that a node tries in a second")
                .isLessThan(CONNECTIONS_PER_SECOND_AND_NODE_MAX);
          } finally {
            postgres.startAgain();
          }
        });
  }

  @Test
  void failedOverToAStandby() throws Exception {
    try (var primary = PostgresServer.start(PostgresVersion.NEWEST)) {
      primary.createDatabase("followed");
      try (var standby = primary.startStandby();
          var both =
              Cluster.openOn(
                  primary,
                  "jdbc:postgresql://127.0.0.1:%d,127.0.0.1:%d/followed?targetServerType=primary"
                      .formatted(primary.port(), standby.port()),
                  NODES,
                  SETTINGS,
                  STARTS_QUICKLY)) {
        under(
            "failed over",
            new ClusterWorkload(both, holding),
            loads -> {
              primary.kill();
              awaitUnready(both, "store-unavailable");
              awaitRefused(loads);
              standby.promote();
            });
      }
    }
  }

  private static void under(String name, Trouble trouble) throws Exception {
    under(name, ledger, trouble);
  }

  private static void under(String name, ClusterWorkload ledger, Trouble trouble) throws Exception {
    var loads = ledger.loads();
    try {
      loads.forEach(load -> load.start(SUBMITS_PER_SECOND_AND_NODE));
      awaitAccepted(loads);
      trouble.happen(loads);
      long over = System.nanoTime();
      awaitAccepted(loads);
      var back = Duration.ofNanos(System.nanoTime() - over);
      loads.forEach(SteadyLoad::stop);
      check(name, ledger, loads, back);
    } finally {
      loads.forEach(SteadyLoad::close);
    }
  }

  private static void check(
      String name, ClusterWorkload ledger, List<SteadyLoad> loads, Duration back) throws Exception {
    var accepted = ClusterWorkload.accepted(loads);
    var states = ledger.ends();
    states.keySet().retainAll(accepted.keySet());
    int lost = accepted.size() - states.size();
    long repeated = ledger.history().repeated("POST");
    System.out.printf(
        Locale.ROOT,
        "%s: %d accepted, %d refused, %d lost, %d repeated POSTs, %d unknown; back within %.1f s%n",
        name,
        accepted.size(),
        loads.stream().mapToInt(SteadyLoad::refused).sum(),
        lost,
        repeated,
        states.values().stream().filter(NodeHistory::unknown).count(),
        back.toMillis() / 1000.0);
    assertThat(lost).as("answered 202 and never ended").isZero();
    assertThat(repeated).as("POSTs received more than once").isZero();
    ledger.check(accepted, states);
    assertThat(back).as("calls are accepted again").isLessThan(BACK_WITHIN);
  }

  private static void awaitAccepted(List<SteadyLoad> loads) throws InterruptedException {
    for (var load : loads) {
      load.awaitAccepted(CALMS);
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
          NOTICED_WITHIN,
          "/health/ready tells " + reason,
          () -> {
            var answer = http.get("/health/ready");
            return answer.status() == 503 && reason.equals(answer.json().get("reason"));
          });
    }
  }

  /// Waits for the rest of a time, if there is one.
  private static void lasts(Duration time) throws InterruptedException {
    assertThat(new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS)).isFalse();
  }
}
