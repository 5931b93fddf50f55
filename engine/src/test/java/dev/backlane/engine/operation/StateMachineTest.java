package dev.backlane.engine.operation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// Compares `docs/state-machine.md` with the transitions: each lists exactly those of the other.
final class StateMachineTest {
  private static final Path PAGE = Path.of("..", "docs", "state-machine.md");
  private static final int ATTEMPTS_MAX = 3;
  private static final Instant NOW = Operations.RECEIVED.plusSeconds(10);
  private static final RetryPolicy RETRY =
      new RetryPolicy(
          ATTEMPTS_MAX,
          Duration.ofHours(1),
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          Duration.ofMinutes(1),
          RetryPolicy.RETRY_ON_DEFAULT,
          false);

  /// The events of a running operation, as the page names them.
  private static final Map<String, Function<Operation, State>> EVENTS = new LinkedHashMap<>();

  static {
    for (int status : List.of(200, 401, 429, 500, 502, 503, 504)) {
      EVENTS.put("the upstream returned " + status, after(responded(status, Optional.empty())));
    }
    EVENTS.put(
        "the upstream returned 503 with Retry-After",
        after(responded(503, Optional.of(Duration.ofSeconds(1)))));
    EVENTS.put(
        "the request was not sent",
        after(new Verdict.NotSent(Obstacle.UPSTREAM_UNREACHABLE, "refused")));
    EVENTS.put(
        "its time is over before it is sent",
        operation -> Lifecycle.afterExpiry(operation, Optional.empty(), RETRY, NOW));
    EVENTS.put("the outcome is unknown", after(new Verdict.Unknown("reset")));
    EVENTS.put(
        "the response is unusable",
        after(new Verdict.Unusable(ErrorCode.RESPONSE_TOO_LARGE, "too long")));
    EVENTS.put("its process died", operation -> Lifecycle.abandoned(operation, RETRY, NOW));
    EVENTS.put("it was started and never sent", operation -> Lifecycle.requeued(operation, NOW));
    EVENTS.put("it is canceled", operation -> Lifecycle.canceled(operation, NOW).orElseThrow());
  }

  @Test
  void thePageListsExactlyTheTransitions() throws IOException {
    var documented = new TreeSet<>(rowsOfThePage());

    assertThat(documented).contains(row("Queued", "it is claimed", method -> start(method)));
    assertThat(documented)
        .contains(
            row(
                "Queued",
                "it is canceled",
                method -> Lifecycle.canceled(queued(method), NOW).orElseThrow()));
    for (var event : EVENTS.entrySet()) {
      var usual =
          row("Running", event.getKey(), method -> event.getValue().apply(running(method, 1)));
      var last =
          row(
              "Running, last attempt",
              event.getKey(),
              method -> event.getValue().apply(running(method, ATTEMPTS_MAX)));
      assertThat(documented).contains(usual);
      // The page omits events whose transition is the same in the last attempt.
      boolean same =
          usual.replace("Running |", "").equals(last.replace("Running, last attempt |", ""));
      if (!same) {
        assertThat(documented).contains(last);
      }
      documented.remove(usual);
      documented.remove(last);
    }
    documented.removeIf(row -> row.startsWith("Queued |"));
    assertThat(documented).isEmpty();
  }

  @Test
  void thePageListsTheTransitionsOfHeldOperations() throws IOException {
    assertThat(Files.readAllLines(PAGE).stream().filter(line -> line.startsWith("| Held")))
        .containsExactly(
            heldRow("an operator releases it", Lifecycle.released(held())),
            heldRow("an operator ends it", Lifecycle.heldFailed(held(), NOW)),
            heldRow("it is canceled", Lifecycle.canceled(held(), NOW)));
    assertThat(Lifecycle.held(queued("PUT"), RETRY)).isEmpty();
    assertThat(Lifecycle.held(queued("POST"), RETRY)).contains(held().state());
  }

  private static Operation held() {
    return Operations.in("POST", new State.Held((State.Queued) queued("POST").state()));
  }

  private static String heldRow(String event, Optional<State> next) {
    return "| Held | " + event + " | – | " + name(next.orElseThrow()) + " |";
  }

  @Test
  void endedOperationsHaveNoTransitions() {
    for (var end :
        List.of(
            new State.Finished(1, Optional.empty(), NOW, new Response(200, List.of(), 0)),
            new State.Failed(1, Optional.empty(), NOW, ErrorCode.INTERNAL, "why"),
            new State.Canceled(1, Optional.empty(), NOW, "why"))) {
      assertThat(Lifecycle.canceled(Operations.in("GET", end), NOW)).isEmpty();
    }
  }

  private static List<String> rowsOfThePage() throws IOException {
    return Files.readAllLines(PAGE).stream()
        .filter(line -> line.startsWith("| Queued") || line.startsWith("| Running"))
        .map(line -> line.substring(2, line.length() - 2))
        .toList();
  }

  private static String row(String state, String event, Function<String, State> next) {
    return String.join(" | ", state, event, name(next.apply("PUT")), name(next.apply("POST")));
  }

  private static String name(State state) {
    return state.getClass().getSimpleName();
  }

  private static State start(String method) {
    var queued = new State.Queued(1, NOW, Optional.empty(), Optional.empty());
    assertThat(Operations.in(method, queued).ended()).isFalse();
    return Lifecycle.start(queued, Operations.LEASE, NOW);
  }

  private static Operation queued(String method) {
    return Operations.in(method, new State.Queued(1, NOW, Optional.empty(), Optional.empty()));
  }

  private static Operation running(String method, int attempt) {
    return Operations.running(method, attempt);
  }

  private static Function<Operation, State> after(Verdict verdict) {
    return operation -> Lifecycle.after(operation, verdict, RETRY, NOW, 0.5);
  }

  private static Verdict responded(int status, Optional<Duration> retryAfter) {
    return new Verdict.Responded(new Response(status, List.of(), 0), retryAfter);
  }
}
