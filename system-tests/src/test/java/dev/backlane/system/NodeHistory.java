package dev.backlane.system;

import static java.util.Comparator.comparing;
import static java.util.Comparator.naturalOrder;

import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.system.RecordingApi.Received;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/// What each node's API has received, and when each node was killed: so it is known how long an operation lay with a node that
/// was dead. Thread-safe.
final class NodeHistory {
  /// What a node has sent may be read by its API when the node is dead already; its next life begins later than this.
  private static final Duration READ_MAX = Duration.ofMillis(500);

  /// Where it is not known which node it was.
  private static final int ANY_NODE = -1;

  private final Map<String, List<Step>> arrivals = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Step> kills = new ConcurrentLinkedQueue<>();

  /// Something that happened at a node.
  private record Step(int node, Instant at) {}

  /// An operation whose node died was told as unknown or sent again.
  ///
  /// @param after the node was dead
  /// @param story for the message of a test: where the operation was, and what became of it
  record Takeover(Duration after, String story) {}

  /// Told of each call, by the API that received it.
  void arrived(int node, Received request) {
    var id = request.values("Idempotency-Key").getFirst();
    arrivals
        .computeIfAbsent(request.method() + " " + id, _ -> new CopyOnWriteArrayList<>())
        .add(new Step(node, Instant.now()));
  }

  /// Told when a node is dead.
  void killed(int node) {
    kills.add(new Step(node, Instant.now()));
  }

  /// Tells who was killed when.
  @Override
  public String toString() {
    return kills.toString();
  }

  int kills() {
    return kills.size();
  }

  /// How often an operation has arrived.
  int arrivals(String method, String id) {
    return arrivals.getOrDefault(method + " " + id, List.of()).size();
  }

  /// How many calls of a method arrived more than once, whether the gateway could answer 202 or not.
  long repeated(String method) {
    return arrivals.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(method + " "))
        .filter(entry -> entry.getValue().size() > 1)
        .count();
  }

  /// What was taken over from nodes that were killed.
  ///
  /// @param methods by id
  List<Takeover> takeovers(Map<String, String> methods, Iterable<BackgroundRequestStateDto> ended) {
    var takeovers = new ArrayList<Takeover>();
    for (var state : ended) {
      var method = methods.getOrDefault(state.id(), "");
      var steps = steps(method, state);
      for (int step = 0; step + 1 < steps.size(); step++) {
        deadBetween(steps.get(step), steps.get(step + 1))
            .ifPresent(
                after -> takeovers.add(new Takeover(after, method + " " + steps + " " + state)));
      }
    }
    return takeovers;
  }

  /// Where an operation was under way one after the other; the last one is its end if that is unknown. Where a node died before
  /// it had sent what it had begun, nobody knows which one it was.
  private List<Step> steps(String method, BackgroundRequestStateDto state) {
    var arrived =
        arrivals.getOrDefault(method + " " + state.id(), List.of()).stream()
            .sorted(comparing(Step::at))
            .toList();
    var steps = new ArrayList<Step>();
    if (state.attempt() > arrived.size() && state.startedUtc() != null) {
      steps.add(new Step(ANY_NODE, state.startedUtc()));
      arrived.forEach(arrival -> steps.add(new Step(ANY_NODE, arrival.at())));
    } else {
      steps.addAll(arrived);
    }
    if (unknown(state)) {
      steps.add(new Step(ANY_NODE, Objects.requireNonNull(state.finishedUtc())));
    }
    return steps;
  }

  static boolean unknown(BackgroundRequestStateDto state) {
    return state.errorMessage() != null && state.errorMessage().startsWith("Outcome unknown");
  }

  /// How long before the second step the node of the first one died; empty if it did not die between them. Of any node the last
  /// death counts: it was not later than that.
  private Optional<Duration> deadBetween(Step first, Step second) {
    var deaths =
        kills.stream()
            .filter(kill -> first.node() == ANY_NODE || kill.node() == first.node())
            .map(Step::at)
            .filter(
                dead -> !dead.isBefore(first.at().minus(READ_MAX)) && dead.isBefore(second.at()));
    var dead = first.node() == ANY_NODE ? deaths.max(naturalOrder()) : deaths.min(naturalOrder());
    return dead.map(at -> Duration.between(at, second.at()));
  }
}
