package dev.backlane.system.postgres;

import static java.util.Comparator.comparing;
import static java.util.Comparator.naturalOrder;

import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.system.support.RecordingApi.Received;
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

/// What each node's API has received, when each node was killed, and when the database was away: so it is known how long an
/// operation lay with a node that was dead while the others could have taken it. Thread-safe.
final class NodeHistory {
  /// What a node has sent may be read by its API when the node is dead already; its next life begins later than this.
  private static final Duration READ_MAX = Duration.ofMillis(500);

  /// Where it is not known which node it was.
  private static final int ANY_NODE = -1;

  private final Map<String, List<Step>> arrivals = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Step> kills = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Outage> outages = new ConcurrentLinkedQueue<>();

  /// Something that happened at a node.
  private record Step(int node, Instant at) {}

  /// When the database was not there for anybody.
  record Outage(Instant from, Instant until) {
    Duration within(Instant start, Instant end) {
      var first = from.isAfter(start) ? from : start;
      var last = until.isBefore(end) ? until : end;
      return last.isAfter(first) ? Duration.between(first, last) : Duration.ZERO;
    }
  }

  /// An operation whose node died was told as unknown or sent again.
  ///
  /// @param after the node was dead
  /// @param away how long of this the database was away
  /// @param story for the message of a test: where the operation was, and what became of it
  record Takeover(Duration after, Duration away, String story) {
    /// How long somebody could have taken it over.
    Duration idle() {
      return after.minus(away);
    }
  }

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

  /// Told when the database is back.
  void wasAway(Instant from) {
    outages.add(new Outage(from, Instant.now()));
  }

  /// Tells who was killed when, and when the database was away.
  @Override
  public String toString() {
    return kills + ", the database was away " + outages;
  }

  int outages() {
    return outages.size();
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
        var next = steps.get(step + 1);
        var story = method + " " + steps + " " + state;
        deadBetween(steps.get(step), next)
            .map(dead -> takeover(dead, next.at(), story))
            .ifPresent(takeovers::add);
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

  private Takeover takeover(Instant dead, Instant taken, String story) {
    var away =
        outages.stream()
            .map(outage -> outage.within(dead, taken))
            .reduce(Duration.ZERO, Duration::plus);
    return new Takeover(Duration.between(dead, taken), away, story);
  }

  /// When the node of the first step died before the second; empty if it did not die between them. Of any node the last death
  /// counts: it was not later than that.
  private Optional<Instant> deadBetween(Step first, Step second) {
    var deaths =
        kills.stream()
            .filter(kill -> first.node() == ANY_NODE || kill.node() == first.node())
            .map(Step::at)
            .filter(
                dead -> !dead.isBefore(first.at().minus(READ_MAX)) && dead.isBefore(second.at()));
    return first.node() == ANY_NODE ? deaths.max(naturalOrder()) : deaths.min(naturalOrder());
  }
}
