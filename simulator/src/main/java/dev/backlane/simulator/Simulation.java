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
import dev.backlane.engine.store.StoreException;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.memory.MemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// One course of events, from its seed to the verdict of the checker. For one thread.
public final class Simulation {
  private static final List<String> METHODS =
      List.of("GET", "PUT", "DELETE", "POST", "POST", "PATCH");
  private static final Duration DOWN_MAX = Duration.ofSeconds(15);
  private static final Duration STALL_MAX = Duration.ofSeconds(40);
  private static final Duration DRAIN_MAX = Duration.ofSeconds(6);
  private static final Duration LOOK_INTERVAL = Duration.ofSeconds(5);

  /// What all nodes of a simulation share.
  record Shared(SimulatedScheduler world, History history, Scenario plan, FaultInjection plant) {}

  private final Shared shared;
  private final SimulatedScheduler world;
  private final Scenario plan;
  private final OperationIds ids;
  private final SimulatedUpstream.Numbers numbers = new SimulatedUpstream.Numbers();
  private final List<Node> nodes = new ArrayList<>();
  private final Set<OperationId> acknowledged = new LinkedHashSet<>();
  private MemoryStore disk = new MemoryStore();
  private int nodesMade;
  private int clientsLeft;

  private Simulation(long seed, FaultInjection plant) {
    this.world = new SimulatedScheduler(seed);
    this.plan = Scenario.of(seed);
    this.shared = new Shared(world, new History(), plan, plant);
    this.ids = new OperationIds(world, new java.util.Random(seed));
  }

  /// Runs one simulation.
  ///
  /// @return what was broken, a sentence each; empty if every promise was kept
  public static List<String> run(long seed) {
    return run(seed, FaultInjection.NONE);
  }

  static List<String> run(long seed, FaultInjection plant) {
    var simulation = new Simulation(seed, plant);
    simulation.play();
    return new Checker(simulation.plan, simulation.shared.history()).violations();
  }

  /// All that happens in a simulation, as text.
  static List<String> history(long seed) {
    var simulation = new Simulation(seed, FaultInjection.NONE);
    simulation.play();
    return simulation.shared.history().events().stream().map(String::valueOf).toList();
  }

  private void play() {
    for (int i = 0; i < plan.nodes(); i++) {
      nodes.add(node());
    }
    clientsLeft = plan.operations();
    for (int i = 0; i < plan.operations(); i++) {
      world.start(null, this::call);
    }
    repeated(plan.crashes(), this::crash);
    repeated(plan.stalls(), this::stall);
    repeated(plan.drains(), this::drain);
    world.sleep(Scenario.TROUBLE.plusSeconds(1));
    var end = world.instant().plus(Scenario.RECOVERY_MAX);
    while ((clientsLeft > 0 || !allEnded()) && world.instant().isBefore(end)) {
      world.sleep(LOOK_INTERVAL);
    }
    world.end();
  }

  private boolean allEnded() {
    return acknowledged.stream()
        .allMatch(
            id -> disk.operations().find(id).map(operation -> operation.ended()).orElse(true));
  }

  private Node node() {
    var node = new Node(shared, disk.operations(), numbers, "node-" + ++nodesMade);
    node.start();
    return node;
  }

  private void repeated(int times, Runnable trouble) {
    for (int i = 0; i < times; i++) {
      world.start(
          null,
          () -> {
            world.sleep(world.upTo(Scenario.TROUBLE.minus(DOWN_MAX)));
            trouble.run();
          });
    }
  }

  private int anyNode() {
    return world.random().nextInt(nodes.size());
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
      node.drain(world.upTo(DRAIN_MAX));
      while (!node.dead()) {
        world.sleep(Duration.ofMillis(100));
      }
      replaceLater(at);
    }
  }

  private void replaceLater(int at) {
    var gone = nodes.get(at);
    world.sleep(world.upTo(DOWN_MAX));
    if (nodes.get(at) == gone) {
      if (plan.embedded()) {
        disk = disk.reopened();
      }
      nodes.set(at, node());
    }
  }

  private void stall() {
    nodes.get(anyNode()).stall(world.upTo(STALL_MAX));
  }

  /// One caller: makes its call, again and again until it is told that it was accepted, and perhaps calls it off.
  private void call() {
    world.sleep(world.upTo(Scenario.TROUBLE.dividedBy(2)));
    // One tenant makes most of the calls.
    int tenant = world.random().nextInt(3) == 0 ? world.random().nextInt(plan.tenants()) : 0;
    var method = METHODS.get(world.random().nextInt(METHODS.size()));
    var told = new boolean[1];
    while (!told[0]) {
      var node = nodes.get(anyNode());
      if (node.open()) {
        node.run(() -> submit(node, "tenant-" + tenant, method, told));
        world.sleep(Duration.ofSeconds(5));
      }
      world.sleep(world.upTo(Duration.ofSeconds(1)));
    }
    clientsLeft--;
  }

  private void submit(Node node, String tenant, String method, boolean[] told) {
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
        told[0] = true;
        acknowledged.add(id);
        shared.history().add(new Event.Acknowledged(world.instant(), id));
        if (world.chance(plan.cancels())) {
          world.sleep(world.upTo(Duration.ofSeconds(6)));
          cancel(node, id);
        }
      }
    } catch (StoreException refused) {
      // Answered 503: nothing was promised.
      world.giveWay();
    }
  }

  private void cancel(Node node, OperationId id) {
    var found = node.dispatcher().cancel(id);
    if (found.isPresent() && found.get() instanceof State.Queued queued && queued.attempt() == 1) {
      shared.history().add(new Event.CanceledUnsent(world.instant(), id));
    }
  }
}
