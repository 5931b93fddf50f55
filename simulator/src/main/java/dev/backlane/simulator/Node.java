package dev.backlane.simulator;

import dev.backlane.engine.execution.Acceptor;
import dev.backlane.engine.execution.Completions;
import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.execution.ExecutionPolicy;
import dev.backlane.engine.execution.ExecutionSettings;
import dev.backlane.engine.execution.Routes;
import dev.backlane.engine.execution.Settlement;
import dev.backlane.engine.execution.Transitions;
import dev.backlane.engine.execution.permits.Concurrency;
import dev.backlane.engine.notification.EndNotifications;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.store.testkit.FaultyOperationStore;
import java.time.Duration;
import java.util.List;

/// One process that runs the real engine.
final class Node {
  private static final Duration START_RETRY = Duration.ofSeconds(1);

  private final SimulatedScheduler scheduler;
  private final History history;
  private final SimulatedProcess process;
  private final SimulatedUpstream upstream;
  private final Dispatcher dispatcher;
  private final Acceptor acceptor;
  private boolean open;

  /// @param disk the storage that outlives the process
  Node(
      Simulation.Shared shared,
      OperationStore disk,
      SimulatedUpstream.Numbers numbers,
      String name) {
    this.scheduler = shared.scheduler();
    this.history = shared.history();
    this.process = new SimulatedProcess(name);
    var scenario = shared.scenario();
    var faults = shared.faults();
    var recorded = new SimulatedStore(disk, scheduler, history);
    var failing = new FaultyOperationStore(recorded, _ -> fault(scenario));
    var store = faults.store(failing, scheduler);
    this.upstream = new SimulatedUpstream(scheduler, history, scenario, process, numbers);
    var routes =
        faults.routes(
            new Routes(List.of(), new ExecutionPolicy(Scenario.RETRY, Scenario.ATTEMPT_TIMEOUT)));
    var concurrency =
        new Concurrency(
            faults.concurrency(scenario.concurrency()),
            scenario.perTenant(),
            scenario.tenants() > 1,
            Duration.ZERO);
    var settings =
        new ExecutionSettings(() -> routes, name, scenario.leaseLifetime(), () -> concurrency);
    var threads = faults.threads(new SimulatedThreads(scheduler, process));
    var clock = scheduler.clocks().ofNode(scenario, faults, threads);
    var settlement =
        new Settlement(
            store,
            new Transitions(() -> routes, clock, scheduler.random()),
            EndNotifications.NONE,
            new Completions(),
            threads);
    this.dispatcher =
        new Dispatcher(store, faults.upstream(upstream), settlement, settings, threads, clock);
    this.acceptor = new Acceptor(store, dispatcher, clock);
  }

  private FaultyOperationStore.Fault fault(Scenario scenario) {
    boolean faulty =
        scheduler.instant().isBefore(SimulatedScheduler.BEGINNING.plus(Scenario.FAULTS_END));
    if (!faulty || !scheduler.chance(scenario.storeFaults())) {
      return FaultyOperationStore.Fault.NONE;
    }
    return scheduler.random().nextBoolean()
        ? FaultyOperationStore.Fault.BEFORE
        : FaultyOperationStore.Fault.AFTER;
  }

  /// Starts the engine, and retries while the store is unavailable.
  void start() {
    scheduler.start(
        process,
        () -> {
          while (!open) {
            try {
              dispatcher.start();
              open = true;
            } catch (StoreException refused) {
              scheduler.sleep(START_RETRY);
            }
          }
        });
  }

  /// Whether it accepts calls.
  boolean open() {
    return open && !process.dead() && !dispatcher.draining();
  }

  boolean dead() {
    return process.dead();
  }

  /// Runs something in this process.
  void run(Runnable work) {
    scheduler.start(process, work);
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
    var from = scheduler.instant();
    process.stallUntil(from.plus(duration));
    history.add(new History.Stall(process.name(), from, from.plus(duration)));
  }

  /// Shuts down gracefully, then dies.
  void drain(Duration timeout) {
    scheduler.start(
        process,
        () -> {
          dispatcher.drain(timeout);
          crash();
        });
  }
}
