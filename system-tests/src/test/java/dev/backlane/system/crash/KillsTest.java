package dev.backlane.system.crash;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.protocol.Phase;
import dev.backlane.system.support.DelayedResponses;
import dev.backlane.system.support.GatewayConnection;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.SteadyLoad;
import dev.backlane.system.support.TestGateway;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A process that is killed repeatedly under load: accepted operations end, and no unsafe call is
/// repeated. The history is checked against the requests that the API recorded.
final class KillsTest {
  private static final int KILLS = 20;
  private static final int SUBMITS_PER_SECOND = 200;

  /// The minimum of accepted calls before the next kill; a process runs for 0.1 s to 1.5 s.
  private static final int LIFE_MIN = 20;

  private static final int LIFE_MAX = 300;
  private static final int CALL_MILLIS_MIN = 10;
  private static final int CALL_MILLIS_MAX = 50;

  /// Disables the optimizing compiler, because a process that runs for a second does not benefit.
  private static final String[] FAST_START = {"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"};

  /// More attempts than kills, so that no GET or PUT ends with its last one.
  private static final String CONFIG = "execution: { concurrency: 64, max-attempts: 100 }\n";

  private static final List<String> METHODS = List.of("POST", "PUT", "GET");
  private static final int READERS = 16;

  /// The number of reads of one operation, each of which waits up to 5 s.
  private static final int READS_MAX = 6;

  private final long seed = Long.getLong("backlane.kills.seed", System.nanoTime());

  @Test
  @Timeout(240)
  void endsAcceptedOperationsThrough20Kills() throws Exception {
    System.out.println("seed " + seed + " (-Dbacklane.kills.seed repeats it)");
    try (var delays = new DelayedResponses();
        var gateway = TestGateway.with(CONFIG).jvmOptions(FAST_START).start()) {
      gateway.api().on("/job", delays.by(KillsTest::time));
      var accepted = killUnderLoad(gateway);
      var states = endsOf(accepted.keySet(), gateway.http());

      int lost = accepted.size() - states.size();
      var received = received(gateway);
      long repeated =
          received.entrySet().stream()
              .filter(entry -> entry.getKey().startsWith("POST "))
              .filter(entry -> entry.getValue() > 1)
              .count();
      long unknown = states.values().stream().filter(KillsTest::unknown).count();
      System.out.println(
          "%d kills: %d accepted, %d lost, %d repeated POSTs, %d outcome unknown"
              .formatted(KILLS, accepted.size(), lost, repeated, unknown));

      assertThat(lost).as("accepted and not ended").isZero();
      assertThat(repeated).as("POSTs received more than once").isZero();
      check(accepted, states, received);
    }
  }

  /// @return the accepted operations: the method by id
  private Map<String, String> killUnderLoad(TestGateway gateway) throws InterruptedException {
    var random = new SplittableRandom(seed);
    var token = gateway.token(TestGateway.CLIENT, TestGateway.TENANT, TestGateway.CLIENT);
    try (var load = new SteadyLoad(gateway.url(), number -> call(number, token))) {
      load.start(SUBMITS_PER_SECOND);
      for (int kill = 0; kill < KILLS; kill++) {
        load.awaitAccepted(random.nextInt(LIFE_MIN, LIFE_MAX));
        gateway.crash();
        gateway.restartInPlace();
      }
      load.awaitAccepted(SUBMITS_PER_SECOND);
      load.stop();
      assertThat(load.refusals())
          .as("a refused call gets 503, because the gateway is starting")
          .allSatisfy(refusal ->
              assertThat(refusal).startsWith("503, Retry-After 5: ").contains("is starting"));
      return load.accepted();
    }
  }

  private static SteadyLoad.Call call(int number, String token) {
    var method = METHODS.get(number % METHODS.size());
    byte[] body = method.equals("GET") ? new byte[0] : ("job " + number).getBytes(UTF_8);
    return new SteadyLoad.Call(
        method, GatewayConnection.call(method, "/job?" + number, token, body));
  }

  /// 10 to 50 ms, depending on the target.
  private static Duration time(RecordingApi.Received request) {
    int spread = Math.floorMod(request.target().hashCode() * 31, CALL_MILLIS_MAX - CALL_MILLIS_MIN);
    return Duration.ofMillis(CALL_MILLIS_MIN + spread);
  }

  /// The operations that have ended, by id, without unknown and unfinished ones.
  private static Map<String, BackgroundRequestStateDto> endsOf(Set<String> ids, Http http)
      throws Exception {
    List<Callable<Optional<BackgroundRequestStateDto>>> reads =
        ids.stream()
            .<Callable<Optional<BackgroundRequestStateDto>>>map(id -> () -> endOf(id, http))
            .toList();
    var states = new HashMap<String, BackgroundRequestStateDto>();
    try (var readers = Executors.newFixedThreadPool(READERS)) {
      for (var read : readers.invokeAll(reads)) {
        read.get().ifPresent(state -> states.put(state.id(), state));
      }
    }
    return states;
  }

  private static Optional<BackgroundRequestStateDto> endOf(String id, Http http) throws Exception {
    for (int read = 0; read < READS_MAX; read++) {
      var response = http.get("/v1/background/" + id + "?wait=5");
      if (response.status() != 200) {
        return Optional.empty();
      }
      var state = response.state();
      if (state.finishedUtc() != null) {
        return Optional.of(state);
      }
    }
    return Optional.empty();
  }

  /// How often each call was received, by method and id.
  private static Map<String, Long> received(TestGateway gateway) {
    return gateway.api().received("/job").stream()
        .collect(
            Collectors.groupingBy(
                request -> request.method() + " " + request.values("Idempotency-Key").getFirst(),
                Collectors.counting()));
  }

  private static boolean unknown(BackgroundRequestStateDto state) {
    return state.errorMessage() != null && state.errorMessage().startsWith("Outcome unknown");
  }

  /// Asserts that the state of each operation matches what the API received.
  private static void check(
      Map<String, String> accepted,
      Map<String, BackgroundRequestStateDto> states,
      Map<String, Long> received) {
    assertThat(states.values())
        .allSatisfy(state -> {
          var method = accepted.get(state.id());
          long times = received.getOrDefault(method + " " + state.id(), 0L);
          if (state.phase() == Phase.FINISHED) {
            assertThat(state.statusCode()).isEqualTo(200);
            assertThat(times).as("%s finished", method).isPositive();
          } else {
            assertThat(state.phase()).isEqualTo(Phase.FAILED);
            assertThat(unknown(state)).as(state.errorMessage()).isTrue();
            assertThat(method)
                .as("the method of an operation that was not repeated")
                .isEqualTo("POST");
          }
        });
  }
}
