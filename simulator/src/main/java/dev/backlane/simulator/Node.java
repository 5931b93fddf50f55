package dev.backlane.simulator;

import dev.backlane.engine.execution.Acceptor;
import dev.backlane.engine.execution.Completions;
import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.execution.ExecutionPolicy;
import dev.backlane.engine.execution.ExecutionSettings;
import dev.backlane.engine.execution.Routes;
import dev.backlane.engine.execution.Settlement;
import dev.backlane.engine.execution.Transitions;
import dev.backlane.engine.notification.EndNotifications;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.StoreException;
import dev.backlane.store.testkit.FaultyOperationStore;
import java.time.Duration;
import java.util.List;

/// One process with the real engine in it.
final class Node {
  private static final Duration START_AGAIN_AFTER = Duration.ofSeconds(1);

  private final SimulatedScheduler world;
  private final History history;
  private final SimulatedProcess process;
  private final SimulatedUpstream upstream;
  private final Dispatcher dispatcher;
  private final Acceptor acceptor;
  private boolean open;

  /// @param disk what outlives the process
  Node(
      Simulation.Shared shared,
      OperationStore disk,
      SimulatedUpstream.Numbers numbers,
      String name) {
    this.world = shared.world();
    this.history = shared.history();
    this.process = new SimulatedProcess(name);
    var plan = shared.plan();
    var plant = shared.plant();
    var recorded = new SimulatedStore(disk, world, history);
    var faulty = new FaultyOperationStore(recorded, _ -> fault(plan));
    var store = plant.store(faulty, world);
    this.upstream = new SimulatedUpstream(world, history, plan, process, numbers);
    var routes =
        plant.routes(
            new Routes(List.of(), new ExecutionPolicy(Scenario.RETRY, Scenario.ATTEMPT_TIMEOUT)));
    var settings =
        new ExecutionSettings(
            routes,
            name,
            plan.leaseLifetime(),
            plant.concurrency(plan.concurrency()),
            plan.perTenant(),
            Duration.ZERO);
    var threads = plant.threads(new SimulatedThreads(world, process));
    var settlement =
        new Settlement(
            store,
            new Transitions(routes, world, world.random()),
            EndNotifications.NONE,
            new Completions(),
            threads);
    this.dispatcher =
        new Dispatcher(store, plant.upstream(upstream), settlement, settings, threads, world);
    this.acceptor = new Acceptor(store, dispatcher, world);
  }

  private FaultyOperationStore.Fault fault(Scenario plan) {
    boolean troubled =
        world.instant().isBefore(SimulatedScheduler.BEGINNING.plus(Scenario.TROUBLE));
    if (!troubled || !world.chance(plan.storeFaults())) {
      return FaultyOperationStore.Fault.NONE;
    }
    return world.random().nextBoolean()
        ? FaultyOperationStore.Fault.BEFORE
        : FaultyOperationStore.Fault.AFTER;
  }

  /// Starts the engine, again and again until the store lets it.
  void start() {
    world.start(
        process,
        () -> {
          while (!open) {
            try {
              dispatcher.start();
              open = true;
            } catch (StoreException refused) {
              world.sleep(START_AGAIN_AFTER);
            }
          }
        });
  }

  /// Whether it takes calls.
  boolean open() {
    return open && !process.dead() && !dispatcher.draining();
  }

  boolean dead() {
    return process.dead();
  }

  /// Runs something in this process.
  void run(Runnable work) {
    world.start(process, work);
  }

  Dispatcher dispatcher() {
    return dispatcher;
  }

  Acceptor acceptor() {
    return acceptor;
  }

  void crash() {
    process.die();
    upstream.lose();
  }

  void stall(Duration duration) {
    var from = world.instant();
    process.stallUntil(from.plus(duration));
    history.add(new History.Stall(process.name(), from, from.plus(duration)));
  }

  /// Ends it in order, then dies.
  void drain(Duration timeout) {
    world.start(
        process,
        () -> {
          dispatcher.drain(timeout);
          crash();
        });
  }
}
