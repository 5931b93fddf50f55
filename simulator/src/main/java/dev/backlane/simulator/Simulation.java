package dev.backlane.simulator;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Draft;
import dev.backlane.engine.operation.Notification;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.OperationIds;
import dev.backlane.engine.operation.Request;
import dev.backlane.engine.operation.SealedCredentials;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.memory.MemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// One simulation, from its seed to the result of the checker. For one thread.
public final class Simulation {
  private static final List<String> METHODS =
      List.of("GET", "PUT", "DELETE", "POST", "POST", "PATCH");
  private static final Duration DOWN_MAX = Duration.ofSeconds(15);
  private static final Duration STALL_MAX = Duration.ofSeconds(40);
  private static final Duration DRAIN_MAX = Duration.ofSeconds(6);
  private static final Duration POLL_INTERVAL = Duration.ofSeconds(5);

  /// Shared by all nodes of a simulation.
  record Shared(
      SimulatedScheduler scheduler, History history, Scenario scenario, FaultInjection faults) {}

  private final Shared shared;
  private final SimulatedScheduler scheduler;
  private final Scenario scenario;
  private final OperationIds ids;
  private final SimulatedUpstream.Numbers numbers = new SimulatedUpstream.Numbers();
  private final List<Node> nodes = new ArrayList<>();
  private final Set<OperationId> acknowledged = new LinkedHashSet<>();
  private MemoryStore disk = new MemoryStore();
  private int nodesCreated;
  private int callersLeft;

  private Simulation(long seed, FaultInjection faults) {
    this.scheduler = new SimulatedScheduler(seed);
    scheduler.letWallClockJump(seed);
    this.scenario = Scenario.of(seed);
    this.shared = new Shared(scheduler, new History(), scenario, faults);
    this.ids = new OperationIds(scheduler, new java.util.Random(seed));
  }

  /// Runs one simulation.
  ///
  /// @return the violated guarantees, one sentence each; empty if there are none
  public static List<String> run(long seed) {
    return run(seed, FaultInjection.NONE);
  }

  static List<String> run(long seed, FaultInjection faults) {
    var simulation = new Simulation(seed, faults);
    simulation.play();
    boolean exact = !simulation.scheduler.clocks().mayDiffer();
    return new Checker(simulation.scenario, simulation.shared.history(), exact).violations();
  }

  /// All events of a simulation, as text.
  static List<String> history(long seed) {
    var simulation = new Simulation(seed, FaultInjection.NONE);
    simulation.play();
    return simulation.shared.history().events().stream().map(String::valueOf).toList();
  }

  private void play() {
    for (int i = 0; i < scenario.nodes(); i++) {
      nodes.add(node());
    }
    callersLeft = scenario.operations();
    for (int i = 0; i < scenario.operations(); i++) {
      scheduler.start(null, this::call);
    }
    repeated(scenario.crashes(), this::crash);
    repeated(scenario.stalls(), this::stall);
    repeated(scenario.drains(), this::drain);
    scheduler.sleep(Scenario.FAULTS_END.plusSeconds(1));
    var end = scheduler.instant().plus(Scenario.RECOVERY_MAX);
    while ((callersLeft > 0 || !allEnded()) && scheduler.instant().isBefore(end)) {
      scheduler.sleep(POLL_INTERVAL);
    }
    scheduler.end();
  }

  private boolean allEnded() {
    return acknowledged.stream()
        .allMatch(
            id -> disk.operations().find(id).map(operation -> operation.ended()).orElse(true));
  }

  private Node node() {
    var node = new Node(shared, disk.operations(), numbers, "node-" + ++nodesCreated);
    node.start();
    return node;
  }

  private void repeated(int times, Runnable fault) {
    for (int i = 0; i < times; i++) {
      scheduler.start(
          null,
          () -> {
            scheduler.sleep(scheduler.randomUpTo(Scenario.FAULTS_END.minus(DOWN_MAX)));
            fault.run();
          });
    }
  }

  private int anyNode() {
    return scheduler.random().nextInt(nodes.size());
  }

  private void crash() {
    int at = anyNode();
    if (!nodes.get(at).dead()) {
      nodes.get(at).crash();
      replaceLater(at);
    }
  }

  private void drain() {
    int at = anyNode();
    var node = nodes.get(at);
    if (node.open()) {
      node.drain(scheduler.randomUpTo(DRAIN_MAX));
      while (!node.dead()) {
        scheduler.sleep(Duration.ofMillis(100));
      }
      replaceLater(at);
    }
  }

  private void replaceLater(int at) {
    var dead = nodes.get(at);
    scheduler.sleep(scheduler.randomUpTo(DOWN_MAX));
    if (nodes.get(at) == dead) {
      if (scenario.embedded()) {
        disk = disk.reopened();
      }
      nodes.set(at, node());
    }
  }

  private void stall() {
    nodes.get(anyNode()).stall(scheduler.randomUpTo(STALL_MAX));
  }

  /// One caller: repeats its call until it is accepted, and may cancel it.
  private void call() {
    scheduler.sleep(scheduler.randomUpTo(Scenario.FAULTS_END.dividedBy(2)));
    // One tenant makes most of the calls.
    int tenant =
        scheduler.random().nextInt(3) == 0 ? scheduler.random().nextInt(scenario.tenants()) : 0;
    var method = METHODS.get(scheduler.random().nextInt(METHODS.size()));
    var accepted = new boolean[1];
    while (!accepted[0]) {
      var node = nodes.get(anyNode());
      if (node.open()) {
        node.run(() -> submit(node, "tenant-" + tenant, method, accepted));
        scheduler.sleep(Duration.ofSeconds(5));
      }
      scheduler.sleep(scheduler.randomUpTo(Duration.ofSeconds(1)));
    }
    callersLeft--;
  }

  private void submit(Node node, String tenant, String method, boolean[] accepted) {
    var id = ids.next();
    var draft =
        new Draft(
            id,
            new Caller(tenant, "client", ""),
            new Request(method, "/call", List.of(), 0),
            "http://localhost",
            new Notification.None(),
            Optional.empty(),
            SealedCredentials.NONE);
    try {
      if (node.acceptor().accept(draft, Content.EMPTY, Optional.empty())
          instanceof Acceptance.Stored) {
        accepted[0] = true;
        acknowledged.add(id);
        shared.history().add(new Event.Acknowledged(scheduler.instant(), id));
        if (scheduler.chance(scenario.cancels())) {
          scheduler.sleep(scheduler.randomUpTo(Duration.ofSeconds(6)));
          cancel(node, id);
        }
      }
    } catch (StoreException refused) {
      // The response is 503: nothing was accepted.
      scheduler.yieldNow();
    }
  }

  private void cancel(Node node, OperationId id) {
    var found = node.dispatcher().cancel(id);
    if (found.isPresent() && found.get() instanceof State.Queued queued && queued.attempt() == 1) {
      shared.history().add(new Event.CanceledUnsent(scheduler.instant(), id));
    }
  }
}
