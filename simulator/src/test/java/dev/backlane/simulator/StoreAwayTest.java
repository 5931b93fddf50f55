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
import dev.backlane.engine.store.StoreException;
import dev.backlane.engine.store.content.Content;
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

/// What processes that share a store make of each other's silence when the store itself was away.
final class StoreAwayTest {
  private static final int SEEDS = 300;
  private static final int CONCURRENCY = 5;
  private static final int CALLS = 12;
  private static final Duration WORK = Duration.ofSeconds(3);
  private static final Duration TAKEOVER_MAX = Duration.ofSeconds(15);

  /// So long after it is back a process finds it out, at most.
  private static final Duration NOTICED_WITHIN = Duration.ofSeconds(2);

  /// Nothing fails but the store, and that when this says so.
  private static final Scenario CALM =
      new Scenario(2, CONCURRENCY, 0, 1, CALLS, 0, 0, 0, 0, 0, 0, 0, 0);

  /// The store is away from one time to another, and a while longer for who notices later.
  private record Outage(Instant from, Instant until) implements FaultInjection {
    @Override
    public OperationStore store(OperationStore store, SimulatedScheduler world) {
      var noticed = until.plus(world.upTo(NOTICED_WITHIN));
      return new FaultyOperationStore(
          store,
          _ -> {
            var now = world.instant();
            return now.isBefore(from) || !now.isBefore(noticed) ? Fault.NONE : Fault.BEFORE;
          });
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 5, 7})
  void whatADeadProcessLeftIsTakenOverInTimeAllTheSame(int awaySecondsAfterDeath) {
    for (long seed = 1; seed <= SEEDS; seed++) {
      var world = new SimulatedScheduler(seed);
      var history = new History();
      var death = SimulatedScheduler.BEGINNING.plus(WORK);
      var from = death.plusSeconds(awaySecondsAfterDeath);
      var nodes = nodes(world, history, new Outage(from, from.plusSeconds(1)));
      callAt(world, nodes.getFirst(), seed);
      world.sleep(WORK);
      nodes.getFirst().crash();
      world.sleep(TAKEOVER_MAX.multipliedBy(2));
      world.end();

      assertThat(takeovers(history))
          .as("seed %d", seed)
          .allSatisfy((id, at) -> assertThat(Duration.between(death, at)).isLessThan(TAKEOVER_MAX));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 12, 20, 30})
  void anAnswerThatItCouldNotTakeForLongIsNotToldAsUnknown(int awaySeconds) {
    for (long seed = 1; seed <= SEEDS; seed++) {
      var world = new SimulatedScheduler(seed);
      var history = new History();
      var from = SimulatedScheduler.BEGINNING.plus(WORK);
      var nodes = nodes(world, history, new Outage(from, from.plusSeconds(awaySeconds)));
      callAt(world, nodes.getFirst(), seed);
      callAt(world, nodes.getLast(), -seed);
      world.sleep(WORK.plusSeconds(awaySeconds).plus(TAKEOVER_MAX));
      world.end();

      assertThat(answeredAndToldAsUnknown(history)).as("seed %d", seed).isEmpty();
    }
  }

  private static List<Node> nodes(SimulatedScheduler world, History history, FaultInjection plant) {
    var shared = new Simulation.Shared(world, history, CALM, plant);
    var disk = new MemoryStore();
    var numbers = new SimulatedUpstream.Numbers();
    var nodes =
        List.of(
            new Node(shared, disk.operations(), numbers, "a"),
            new Node(shared, disk.operations(), numbers, "b"));
    nodes.forEach(Node::start);
    return nodes;
  }

  private static void callAt(SimulatedScheduler world, Node node, long seed) {
    var ids = new OperationIds(world, new Random(seed));
    for (int i = 0; i < CALLS; i++) {
      world.start(
          null,
          () -> {
            world.sleep(world.upTo(WORK));
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
      // Answered 503: nothing was promised.
      assertThat(refused).isNotNull();
    }
  }

  /// When what was under way in a process that died changed next, by its id.
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

  private static Set<OperationId> answeredAndToldAsUnknown(History history) {
    var answered = new HashSet<OperationId>();
    var told = new HashSet<OperationId>();
    for (var event : history.events()) {
      if (event instanceof Event.Over over && over.verdict() instanceof Verdict.Responded) {
        answered.add(event.id());
      } else if (event instanceof Event.Committed committed
          && committed.operation().state() instanceof State.Failed failed
          && failed.reason().startsWith(Lifecycle.OUTCOME_UNKNOWN)
          && answered.contains(event.id())) {
        told.add(event.id());
      }
    }
    return told;
  }
}
