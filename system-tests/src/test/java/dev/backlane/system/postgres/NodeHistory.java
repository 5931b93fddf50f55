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

/// The requests that each node's API received, the kills of nodes, and the outages of the database.
/// They show how long an operation waited for a takeover after its node was killed.
/// Thread-safe.
final class NodeHistory {
  /// An API may read a request of a node up to this long after the node was killed; a restart takes
  /// longer.
  private static final Duration READ_MAX = Duration.ofMillis(500);

  /// The number of an unknown node.
  private static final int ANY_NODE = -1;

  private final Map<String, List<Step>> arrivals = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Step> kills = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Outage> outages = new ConcurrentLinkedQueue<>();

  /// An event at a node.
  private record Step(int node, Instant at) {}

  /// A time in which the database was unavailable.
  record Outage(Instant from, Instant until) {
    Duration within(Instant start, Instant end) {
      var first = from.isAfter(start) ? from : start;
      var last = until.isBefore(end) ? until : end;
      return last.isAfter(first) ? Duration.between(first, last) : Duration.ZERO;
    }
  }

  /// A takeover: an operation of a killed node was reported as unknown or sent again.
  ///
  /// @param after the time since the kill
  /// @param unavailable how long the database was unavailable in that time
  /// @param story the events of the operation, for the message of a test
  record Takeover(Duration after, Duration unavailable, String story) {
    /// The part of the time in which a takeover was possible.
    Duration idle() {
      return after.minus(unavailable);
    }
  }

  /// Records a request that a node's API received.
  void addArrival(int node, Received request) {
    var id = request.values("Idempotency-Key").getFirst();
    arrivals
        .computeIfAbsent(request.method() + " " + id, _ -> new CopyOnWriteArrayList<>())
        .add(new Step(node, Instant.now()));
  }

  /// Records that a node was killed.
  void addKill(int node) {
    kills.add(new Step(node, Instant.now()));
  }

  /// Records that the database is available again.
  void addOutage(Instant from) {
    outages.add(new Outage(from, Instant.now()));
  }

  /// Lists the kills and the outages.
  @Override
  public String toString() {
    return kills + ", the database was unavailable " + outages;
  }

  int outages() {
    return outages.size();
  }

  int kills() {
    return kills.size();
  }

  /// How often a call of an operation was received.
  int arrivals(String method, String id) {
    return arrivals.getOrDefault(method + " " + id, List.of()).size();
  }

  /// How many calls of a method were received more than once, whether or not the gateway returned
  /// 202.
  long repeated(String method) {
    return arrivals.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(method + " "))
        .filter(entry -> entry.getValue().size() > 1)
        .count();
  }

  /// The takeovers from killed nodes.
  ///
  /// @param methods the method by id
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

  /// The events of an operation in order; the last one is its end if that is unknown. If a node was
  /// killed before it sent a started attempt, the node is unknown.
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

  private Takeover takeover(Instant dead, Instant takenOver, String story) {
    var unavailable =
        outages.stream()
            .map(outage -> outage.within(dead, takenOver))
            .reduce(Duration.ZERO, Duration::plus);
    return new Takeover(Duration.between(dead, takenOver), unavailable, story);
  }

  /// The time at which the node of the first event was killed before the second event; empty if it
  /// was not. For an unknown node the last kill counts, as an upper bound.
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
