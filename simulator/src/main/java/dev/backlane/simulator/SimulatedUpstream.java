package dev.backlane.simulator;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.execution.Attempt;
import dev.backlane.engine.execution.Upstream;
import dev.backlane.engine.operation.Obstacle;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.content.StagedContent;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The upstream as used by one process of the simulation. At random, connections are refused or
/// fail, and responses report overload or are late. For a time it may refuse all connections.
final class SimulatedUpstream implements Upstream {
  private static final Duration WORK_MAX = Duration.ofSeconds(4);
  private static final int SLOW_ONE_IN = 25;

  private final SimulatedScheduler scheduler;
  private final History history;
  private final Scenario scenario;
  private final SimulatedProcess process;

  /// The attempts in flight in this process.
  private final Map<Integer, Attempt> inFlight = new HashMap<>();

  private final Numbers numbers;

  /// Assigns numbers to the attempts of a simulation.
  static final class Numbers {
    private int last;

    int next() {
      return ++last;
    }
  }

  SimulatedUpstream(
      SimulatedScheduler scheduler,
      History history,
      Scenario scenario,
      SimulatedProcess process,
      Numbers numbers) {
    this.scheduler = scheduler;
    this.history = history;
    this.scenario = scenario;
    this.process = process;
    this.numbers = numbers;
  }

  private boolean faulty() {
    return scheduler.instant().isBefore(SimulatedScheduler.BEGINNING.plus(Scenario.FAULTS_END));
  }

  private boolean unreachable() {
    var since = SimulatedScheduler.BEGINNING.plus(scenario.outageFrom());
    var now = scheduler.instant();
    return !now.isBefore(since) && now.isBefore(since.plus(scenario.outageFor()));
  }

  @Override
  public Outcome send(Attempt attempt) {
    if (unreachable() || faulty() && scheduler.chance(scenario.refusals())) {
      scheduler.sleep(scheduler.randomUpTo(Duration.ofMillis(200)));
      return Outcome.without(new Verdict.NotSent(Obstacle.UPSTREAM_UNREACHABLE, "refused"));
    }
    int number = numbers.next();
    var id = attempt.operation().id();
    var aborted = scheduler.signal();
    var ended = new boolean[1];
    history.add(new Event.Sent(scheduler.instant(), id, number, process.name()));
    inFlight.put(number, attempt);
    attempt.reached();
    attempt.onAbort(() -> {
      if (!ended[0]) {
        ended[0] = true;
        history.add(
            new Event.Ended(scheduler.instant(), id, number, new Verdict.Unknown("aborted")));
      }
      aborted.raise();
    });
    var verdict = await(attempt, aborted);
    inFlight.remove(number);
    if (!ended[0]) {
      ended[0] = true;
      history.add(new Event.Ended(scheduler.instant(), id, number, verdict));
    }
    return new Outcome(verdict, StagedContent.empty());
  }

  private Verdict await(Attempt attempt, Threads.Signal aborted) {
    boolean slow = faulty() && scheduler.random().nextInt(SLOW_ONE_IN) == 0;
    var work = slow ? attempt.timeout().plusSeconds(1) : scheduler.randomUpTo(WORK_MAX);
    boolean inTime = work.compareTo(attempt.timeout()) <= 0;
    try {
      if (aborted.await(inTime ? work : attempt.timeout())) {
        return new Verdict.Unknown("aborted");
      }
    } catch (InterruptedException never) {
      throw new IllegalStateException("simulated threads are never interrupted", never);
    }
    return inTime ? respond() : new Verdict.Unknown("no response in time");
  }

  private Verdict respond() {
    if (!faulty()) {
      return responded(200, Optional.empty());
    }
    if (scheduler.chance(scenario.disconnects())) {
      return new Verdict.Unknown("connection reset");
    }
    if (scheduler.chance(scenario.overloads())) {
      int status = scheduler.random().nextBoolean() ? 429 : 503;
      return responded(
          status,
          scheduler.random().nextBoolean()
              ? Optional.of(scheduler.randomUpTo(Duration.ofSeconds(5)))
              : Optional.empty());
    }
    return responded(
        switch (scheduler.random().nextInt(12)) {
          case 0 -> 400;
          case 1 -> 401;
          case 2 -> 500;
          case 3 -> 502;
          case 4 -> 504;
          default -> 200;
        },
        Optional.empty());
  }

  private static Verdict responded(int status, Optional<Duration> retryAfter) {
    return new Verdict.Responded(new Response(status, List.of(), 0), retryAfter);
  }

  /// Records the attempts in flight as lost. Called when the process dies.
  void lose() {
    inFlight.forEach((number, attempt) ->
        history.add(new Event.Lost(scheduler.instant(), attempt.operation().id(), number)));
    inFlight.clear();
  }
}
