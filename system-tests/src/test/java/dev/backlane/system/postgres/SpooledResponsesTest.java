package dev.backlane.system.postgres;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import dev.backlane.protocol.Phase;
import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.RecordingApi;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Responses that arrive while PostgreSQL is stopped are stored when it is back: by the same node,
/// or by the next one on the same machine.
@Tag("alone")
@Timeout(120)
final class SpooledResponsesTest {
  private static final String SETTINGS = "execution: { concurrency: 64, drain-timeout: 1s }\n";
  private static final String[] FAST_START = {
    "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"
  };
  private static final int LARGE_BYTES = 1 << 20;
  private static final byte[] SMALL = {'d', 'o', 'n', 'e'};
  private static final byte[] LARGE = noise();
  private static final Duration ARRIVED_WITHIN = Duration.ofSeconds(20);

  private final CountDownLatch early = new CountDownLatch(1);
  private final CountDownLatch late = new CountDownLatch(1);
  private PostgresServer postgres;
  private Cluster cluster;

  @BeforeEach
  void open() {
    postgres = PostgresServer.start(PostgresVersion.NEWEST);
    cluster = Cluster.open(postgres, 2, SETTINGS, FAST_START);
    for (var node : cluster.nodes()) {
      node.api().on("/early/small", responding(early, SMALL));
      node.api().on("/early/large", responding(early, LARGE));
      node.api().on("/late/small", responding(late, SMALL));
      node.api().on("/late/large", responding(late, LARGE));
    }
  }

  @AfterEach
  void close() {
    try (var _ = postgres) {
      cluster.close();
    }
  }

  private static byte[] noise() {
    byte[] noise = new byte[LARGE_BYTES];
    new Random(1).nextBytes(noise);
    return noise;
  }

  private static RecordingApi.Script responding(CountDownLatch released, byte[] body) {
    return (_, client) -> {
      released.await();
      RecordingApi.send(client, 200, body);
    };
  }

  /// The outage is longer than the leases; half of the calls still run when it ends.
  @Test
  void finishesAllCallsInFlightDuringAnOutage() throws Exception {
    var bodies = new HashMap<String, byte[]>();
    for (var node : cluster.nodes()) {
      for (int i = 0; i < 5; i++) {
        for (var time : List.of("/early", "/late")) {
          begin(node, time + "/small", 1, SMALL, bodies);
        }
        begin(node, "/early/small", 1, SMALL, bodies);
        begin(node, i % 2 == 0 ? "/early/large" : "/late/large", 1, LARGE, bodies);
      }
    }
    awaitRequests(bodies.size());
    postgres.stop();
    early.countDown();
    assertThat(new CountDownLatch(1).await(10, TimeUnit.SECONDS)).isFalse();
    postgres.startAgain();
    late.countDown();

    assertThat(bodies).hasSize(40);
    assertFinished(bodies);
    assertThat(outcomeFiles()).isEmpty();
  }

  @Test
  void storesAtTheNextStartWhatAnEndedNodeReceived() throws Exception {
    var bodies = new HashMap<String, byte[]>();
    for (var node : cluster.nodes()) {
      begin(node, "/early/small", 3, SMALL, bodies);
      begin(node, "/early/large", 2, LARGE, bodies);
    }
    awaitRequests(bodies.size());
    postgres.stop();
    early.countDown();
    Deadline.within(
        ARRIVED_WITHIN, "all outcomes are held", () -> outcomeFiles().size() == bodies.size());
    assertPrivate();
    cluster.nodes().getFirst().terminate();
    assertThat(cluster.nodes().getFirst().awaitEnd().exitCode()).isZero();
    cluster.nodes().getLast().kill();
    postgres.startAgain();
    cluster.nodes().forEach(ClusterNode::start);

    assertFinished(bodies);
    assertThat(outcomeFiles()).isEmpty();
  }

  private static void begin(
      ClusterNode node, String path, int count, byte[] body, Map<String, byte[]> bodies)
      throws Exception {
    for (int i = 0; i < count; i++) {
      bodies.put(node.http().begin(path), body);
    }
  }

  private void awaitRequests(int count) throws Exception {
    Deadline.within(ARRIVED_WITHIN, "all requests arrive", () -> requests() == count);
  }

  private int requests() {
    return cluster.nodes().stream().mapToInt(node -> node.api().received().size()).sum();
  }

  private void assertFinished(Map<String, byte[]> bodies) throws Exception {
    var http = cluster.nodes().getFirst().http();
    for (var entry : bodies.entrySet()) {
      Deadline.within(
          ARRIVED_WITHIN, "reachable", () -> http.stateOf(entry.getKey()).status() == 200);
      var state = http.awaitEnd(entry.getKey());
      assertThat(state.phase()).as(state.errorMessage()).isEqualTo(Phase.FINISHED);
      assertThat(http.contentOf(entry.getKey()).body()).isEqualTo(entry.getValue());
    }
    assertThat(requests()).as("requests").isEqualTo(bodies.size());
  }

  private List<Path> outcomeFiles() {
    return files().stream().filter(file -> file.toString().endsWith(".outcome")).toList();
  }

  private void assertPrivate() throws IOException {
    for (var file : files()) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .as(file.toString())
          .isEqualTo(Files.isDirectory(file) ? "rwx------" : "rw-------");
      assertThat(indexOf(Files.isDirectory(file) ? new byte[0] : Files.readAllBytes(file)))
          .as("a part of a response in the clear in " + file)
          .isNegative();
    }
  }

  private static int indexOf(byte[] bytes) {
    var needle = new String(LARGE, 1000, 32, ISO_8859_1);
    return new String(bytes, ISO_8859_1).indexOf(needle);
  }

  /// The files and folders in the spool directory, which nodes create and remove meanwhile.
  private List<Path> files() {
    try (var all = Files.walk(cluster.spoolFolder())) {
      return new ArrayList<>(all.toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
