package dev.backlane.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Comparator.comparing;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.protocol.Phase;
import dev.backlane.system.NodeHistory.Takeover;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Nodes that share a database die again and again under load, and the database with them; what they promised is kept, nothing
/// is done twice that must not be, and what a dead node had under way is soon taken over. The history is checked against what
/// the APIs behind the nodes have recorded.
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

  /// Long enough that some calls are under way in every node whenever it dies.
  private static final int CALL_MILLIS_MIN = 100;

  private static final int CALL_MILLIS_MAX = 900;

  /// The lease's 10 s, a look of 2 s or the 3 s after the database was away, and what it takes to settle. The time in which
  /// the database is away is not counted: nobody can take anything then.
  private static final Duration TAKEOVER_MAX = Duration.ofSeconds(15);

  private static final Duration END_MAX = Duration.ofSeconds(30);

  private static final String[] STARTS_QUICKLY = {
    "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"
  };

  private static final List<String> METHODS = List.of("POST", "PUT", "GET");
  private static final String PAGE = "/v1/background?limit=200";

  private final long seed = Long.getLong("backlane.kills.seed", System.nanoTime());
  private final NodeHistory history = new NodeHistory();

  @Test
  @Timeout(180)
  void keepTheirPromisesThroughKillsAndRestartsOfPostgres() throws Exception {
    System.out.println("seed " + seed + " (-Dbacklane.kills.seed repeats it)");
    try (var holding = new Holding();
        var postgres = PostgresServer.start(PostgresVersion.NEWEST);
        var cluster =
            Cluster.open(postgres, NODES, "execution: { concurrency: 64 }\n", STARTS_QUICKLY)) {
      for (int number = 0; number < NODES; number++) {
        record(number, cluster.nodes().get(number), holding);
      }
      var accepted = killUnderLoad(cluster, postgres);
      var states = endsOf(cluster.nodes().getFirst().http());
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
      check(accepted, states);
    }
  }

  private void record(int number, Node node, Holding holding) {
    var slowly = holding.holding(NodesTest::time);
    node.api()
        .on(
            "/job",
            (request, client) -> {
              history.arrived(number, request);
              slowly.answer(request, client);
            });
  }

  /// 100 to 900 ms, spread over the calls.
  private static Duration time(RecordingApi.Received request) {
    int spread = Math.floorMod(request.target().hashCode() * 31, CALL_MILLIS_MAX - CALL_MILLIS_MIN);
    return Duration.ofMillis(CALL_MILLIS_MIN + spread);
  }

  /// @return what was answered 202, by id its method
  private Map<String, String> killUnderLoad(Cluster cluster, PostgresServer postgres)
      throws InterruptedException {
    var random = new SplittableRandom(seed);
    var token = cluster.token();
    var loads = new ArrayList<SteadyLoad>();
    try {
      for (var node : cluster.nodes()) {
        loads.add(new SteadyLoad(node.url(), number -> call(number, token)));
      }
      loads.forEach(load -> load.start(SUBMITS_PER_SECOND_AND_NODE));
      for (int kill = 1; kill <= KILLS; kill++) {
        int victim = random.nextInt(NODES);
        int other = (victim + 1) % NODES;
        loads.get(other).awaitAccepted(random.nextInt(CALMS_MIN, CALMS_MAX));
        cluster.nodes().get(victim).kill();
        history.killed(victim);
        cluster.nodes().get(victim).start();
        restart(postgres, kill);
      }
      for (var load : loads) {
        load.awaitAccepted(CALMS_MIN);
        load.stop();
      }
      return acceptedBy(loads);
    } finally {
      loads.forEach(SteadyLoad::close);
    }
  }

  private void restart(PostgresServer postgres, int kills) {
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

  private static SteadyLoad.Call call(int number, String token) {
    var method = METHODS.get(number % METHODS.size());
    byte[] body = method.equals("GET") ? new byte[0] : ("job " + number).getBytes(UTF_8);
    return new SteadyLoad.Call(method, Line.call(method, "/job?" + number, token, body));
  }

  private static Map<String, String> acceptedBy(List<SteadyLoad> loads) {
    var accepted = new HashMap<String, String>();
    for (var load : loads) {
      accepted.putAll(load.accepted());
      assertThat(load.refusals())
          .as(
              "answers other than 202 are those of a database that is away or a gateway that starts")
          .allSatisfy(refusal -> assertThat(refusal).matches("(?s)503, Retry-After [1-9]\\d*: .*"));
    }
    return accepted;
  }

  /// Waits until nothing is queued or running any more.
  ///
  /// @return all that have ended, by id
  private static Map<String, BackgroundRequestStateDto> endsOf(Http http) throws Exception {
    Deadline.within(
        END_MAX,
        "everything ends",
        () -> http.get(PAGE + "&status=Started").page().items().isEmpty());
    var states = new HashMap<String, BackgroundRequestStateDto>();
    @Nullable String cursor = "";
    while (cursor != null) {
      var page = http.get(PAGE + (cursor.isEmpty() ? "" : "&cursor=" + cursor)).page();
      page.items().stream()
          .filter(state -> state.finishedUtc() != null)
          .forEach(state -> states.put(state.id(), state));
      cursor = page.nextCursor();
    }
    return states;
  }

  /// What an operation says of itself is what the APIs have seen.
  private void check(Map<String, String> accepted, Map<String, BackgroundRequestStateDto> states) {
    assertThat(states.values())
        .allSatisfy(state -> {
          var method = accepted.getOrDefault(state.id(), "");
          if (state.phase() == Phase.FINISHED) {
            assertThat(state.statusCode()).isEqualTo(200);
            assertThat(history.arrivals(method, state.id())).as("%s finished", method).isPositive();
          } else {
            assertThat(state.phase()).isEqualTo(Phase.FAILED);
            assertThat(NodeHistory.unknown(state)).as(state.errorMessage()).isTrue();
            assertThat(method).as("what was not repeated").isEqualTo("POST");
          }
        });
  }
}
