package dev.backlane.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Draft;
import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.Notification;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.OperationIds;
import dev.backlane.engine.operation.Request;
import dev.backlane.engine.operation.SealedCredentials;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.memory.MemoryStore;
import dev.backlane.store.testkit.FaultyOperationStore;
import dev.backlane.store.testkit.FaultyOperationStore.Fault;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Takeovers by processes that share a store, after an outage of the store.
final class StoreOutageTest {
  private static final int SEEDS = 300;
  private static final int CONCURRENCY = 5;
  private static final int CALLS = 12;
  private static final Duration WORK = Duration.ofSeconds(3);
  private static final Duration TAKEOVER_MAX = Duration.ofSeconds(15);

  /// The longest time until a process notices that the store is available again.
  private static final Duration NOTICE_MAX = Duration.ofSeconds(2);

  /// No faults except the outage.
  private static final Scenario NO_OTHER_FAULTS = Scenario.quiet(2, CONCURRENCY, 1, CALLS);

  /// An outage of the store. Each process notices its end with a random delay.
  private record Outage(Instant from, Instant until) implements FaultInjection {
    @Override
    public OperationStore store(OperationStore store, SimulatedScheduler scheduler) {
      var noticed = until.plus(scheduler.randomUpTo(NOTICE_MAX));
      return new FaultyOperationStore(
          store,
          _ -> {
            var now = scheduler.instant();
            return now.isBefore(from) || !now.isBefore(noticed) ? Fault.NONE : Fault.BEFORE;
          });
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 5, 7})
  void takesOverInTimeDespiteAnOutage(int secondsFromDeathToOutage) {
    for (long seed = 1; seed <= SEEDS; seed++) {
      var scheduler = new SimulatedScheduler(seed);
      var history = new History();
      var death = SimulatedScheduler.BEGINNING.plus(WORK);
      var from = death.plusSeconds(secondsFromDeathToOutage);
      var nodes = nodes(scheduler, history, new Outage(from, from.plusSeconds(1)));
      callAt(scheduler, nodes.getFirst(), seed);
      scheduler.sleep(WORK);
      nodes.getFirst().crash();
      scheduler.sleep(TAKEOVER_MAX.multipliedBy(2));
      scheduler.end();

      assertThat(takeovers(history))
          .as("seed %d", seed)
          .allSatisfy((id, at) -> assertThat(Duration.between(death, at)).isLessThan(TAKEOVER_MAX));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 12, 20, 30})
  void anOutageLeavesNoResponseUnknown(int outageSeconds) {
    for (long seed = 1; seed <= SEEDS; seed++) {
      var scheduler = new SimulatedScheduler(seed);
      var history = new History();
      var from = SimulatedScheduler.BEGINNING.plus(WORK);
      var nodes = nodes(scheduler, history, new Outage(from, from.plusSeconds(outageSeconds)));
      callAt(scheduler, nodes.getFirst(), seed);
      callAt(scheduler, nodes.getLast(), -seed);
      scheduler.sleep(WORK.plusSeconds(outageSeconds).plus(TAKEOVER_MAX));
      scheduler.end();

      assertThat(respondedAndUnknown(history)).as("seed %d", seed).isEmpty();
    }
  }

  /// No process repeats a POST, so that an abort would protect nothing.
  @ParameterizedTest
  @ValueSource(ints = {8, 12, 20, 30})
  void anOutageAbortsNoPost(int outageSeconds) {
    for (long seed = 1; seed <= SEEDS; seed++) {
      var scheduler = new SimulatedScheduler(seed);
      var history = new History();
      var from = SimulatedScheduler.BEGINNING.plus(WORK);
      var nodes = nodes(scheduler, history, new Outage(from, from.plusSeconds(outageSeconds)));
      callAt(scheduler, nodes.getFirst(), seed);
      callAt(scheduler, nodes.getLast(), -seed);
      scheduler.sleep(WORK.plusSeconds(outageSeconds).plus(TAKEOVER_MAX));
      scheduler.end();

      assertThat(history.events())
          .as("seed %d", seed)
          .noneMatch(event ->
              event instanceof Event.Ended ended
                  && ended.verdict().equals(new Verdict.Unknown("aborted")));
    }
  }

  private static List<Node> nodes(
      SimulatedScheduler scheduler, History history, FaultInjection faults) {
    var shared = new Simulation.Shared(scheduler, history, NO_OTHER_FAULTS, faults);
    var disk = new MemoryStore();
    var numbers = new SimulatedUpstream.Numbers();
    var nodes =
        List.of(
            new Node(shared, disk.operations(), numbers, "a"),
            new Node(shared, disk.operations(), numbers, "b"));
    nodes.forEach(Node::start);
    return nodes;
  }

  private static void callAt(SimulatedScheduler scheduler, Node node, long seed) {
    var ids = new OperationIds(scheduler, new Random(seed));
    for (int i = 0; i < CALLS; i++) {
      scheduler.start(
          null,
          () -> {
            scheduler.sleep(scheduler.randomUpTo(WORK));
            node.run(() -> submit(node, ids.next()));
          });
    }
  }

  private static void submit(Node node, OperationId id) {
    var draft =
        new Draft(
            id,
            new Caller("tenant", "client", ""),
            new Request("POST", "/call", List.of(), 0),
            "http://localhost",
            new Notification.None(),
            Optional.empty(),
            SealedCredentials.NONE);
    try {
      node.acceptor().accept(draft, Content.EMPTY, Optional.empty());
    } catch (StoreException refused) {
      // The response is 503: nothing was accepted.
      assertThat(refused).isNotNull();
    }
  }

  /// The times of the first changes, after the death of their process, of operations in flight.
  private static Map<OperationId, Instant> takeovers(History history) {
    var lost = new HashSet<OperationId>();
    var changes = new HashMap<OperationId, Instant>();
    for (var event : history.events()) {
      if (event instanceof Event.Lost) {
        lost.add(event.id());
        changes.put(event.id(), Instant.MAX);
      } else if (event instanceof Event.Committed && lost.remove(event.id())) {
        changes.put(event.id(), event.at());
      }
    }
    return changes;
  }

  private static Set<OperationId> respondedAndUnknown(History history) {
    var responded = new HashSet<OperationId>();
    var unknown = new HashSet<OperationId>();
    for (var event : history.events()) {
      if (event instanceof Event.Ended ended && ended.verdict() instanceof Verdict.Responded) {
        responded.add(event.id());
      } else if (event instanceof Event.Committed committed
          && committed.operation().state() instanceof State.Failed failed
          && failed.reason().startsWith(Lifecycle.OUTCOME_UNKNOWN)
          && responded.contains(event.id())) {
        unknown.add(event.id());
      }
    }
    return unknown;
  }
}
