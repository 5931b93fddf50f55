package dev.backlane.system.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.protocol.Phase;
import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.DelayedResponses;
import dev.backlane.system.support.GatewayConnection;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.SteadyLoad;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The calls that a cluster has accepted, checked against the requests that the APIs behind its
/// nodes received. Thread-safe.
final class ClusterWorkload {
  /// Long enough that some calls are in flight in every node at any time.
  private static final int CALL_MILLIS_MIN = 100;

  private static final int CALL_MILLIS_MAX = 900;

  private static final Duration END_MAX = Duration.ofSeconds(30);
  private static final List<String> METHODS = List.of("POST", "PUT", "GET");
  private static final String PAGE = "/v1/background?limit=200";

  private final Cluster cluster;
  private final NodeHistory history = new NodeHistory();

  /// Starts recording requests.
  ///
  /// @param delays delays each response by 100 to 900 ms
  ClusterWorkload(Cluster cluster, DelayedResponses delays) {
    this(cluster, delays.by(ClusterWorkload::time));
  }

  /// As above, with another response to each request.
  ClusterWorkload(Cluster cluster, RecordingApi.Script delayed) {
    this.cluster = cluster;
    for (int node = 0; node < cluster.nodes().size(); node++) {
      int number = node;
      cluster
          .nodes()
          .get(node)
          .api()
          .on(
              "/job",
              (request, client) -> {
                history.addArrival(number, request);
                delayed.respond(request, client);
              });
    }
  }

  private static Duration time(RecordingApi.Received request) {
    int spread = Math.floorMod(request.target().hashCode() * 31, CALL_MILLIS_MAX - CALL_MILLIS_MIN);
    return Duration.ofMillis(CALL_MILLIS_MIN + spread);
  }

  NodeHistory history() {
    return history;
  }

  /// One load per node, not started yet.
  List<SteadyLoad> loads() {
    var token = cluster.token();
    return cluster.nodes().stream()
        .map(node -> new SteadyLoad(node.url(), number -> call(number, token)))
        .toList();
  }

  private static SteadyLoad.Call call(int number, String token) {
    var method = METHODS.get(number % METHODS.size());
    byte[] body = method.equals("GET") ? new byte[0] : ("job " + number).getBytes(UTF_8);
    return new SteadyLoad.Call(
        method, GatewayConnection.call(method, "/job?" + number, token, body));
  }

  /// The accepted operations: the method by id. Asserts that all other responses are 503 with
  /// Retry-After.
  static Map<String, String> accepted(List<SteadyLoad> loads) {
    var accepted = new HashMap<String, String>();
    for (var load : loads) {
      accepted.putAll(load.accepted());
      assertThat(load.refusals())
          .as("a refused call gets 503, because the database has failed or the gateway is starting")
          .allSatisfy(refusal -> assertThat(refusal).matches("(?s)503, Retry-After [1-9]\\d*: .*"));
    }
    return accepted;
  }

  /// Waits until no operation is queued or running.
  ///
  /// @return all operations that have ended, by id
  Map<String, BackgroundRequestStateDto> ends() throws Exception {
    return ends(END_MAX);
  }

  /// As above, with another limit of the wait.
  Map<String, BackgroundRequestStateDto> ends(Duration max) throws Exception {
    var http = cluster.nodes().getFirst().http();
    Deadline.within(
        max,
        "all operations end",
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

  /// Asserts that the state of each operation matches what the APIs received.
  void check(Map<String, String> accepted, Map<String, BackgroundRequestStateDto> states) {
    assertThat(states.values())
        .allSatisfy(state -> {
          var method = accepted.getOrDefault(state.id(), "");
          if (state.phase() == Phase.FINISHED) {
            assertThat(state.statusCode()).isEqualTo(200);
            assertThat(history.arrivals(method, state.id())).as("%s finished", method).isPositive();
          } else {
            assertThat(state.phase()).isEqualTo(Phase.FAILED);
            assertThat(NodeHistory.unknown(state)).as(state.errorMessage()).isTrue();
            assertThat(method)
                .as("the method of an operation that was not repeated")
                .isEqualTo("POST");
          }
        });
  }
}
