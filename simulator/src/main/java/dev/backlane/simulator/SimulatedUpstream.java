package dev.backlane.simulator;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.execution.Attempt;
import dev.backlane.engine.execution.Upstream;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.content.StagedContent;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The API as one process of the simulation reaches it. It refuses, breaks off, overloads and is slow as chance says.
final class SimulatedUpstream implements Upstream {
  private static final Duration WORK_MAX = Duration.ofSeconds(4);
  private static final int SLOW_ONE_IN = 25;

  private final SimulatedScheduler world;
  private final History history;
  private final Scenario plan;
  private final SimulatedProcess process;

  /// The attempts that are under way in this process.
  private final Map<Integer, Attempt> underWay = new HashMap<>();

  private final Numbers numbers;

  /// Numbers all attempts of a simulation.
  static final class Numbers {
    private int last;

    int next() {
      return ++last;
    }
  }

  SimulatedUpstream(
      SimulatedScheduler world,
      History history,
      Scenario plan,
      SimulatedProcess process,
      Numbers numbers) {
    this.world = world;
    this.history = history;
    this.plan = plan;
    this.process = process;
    this.numbers = numbers;
  }

  private boolean troubled() {
    return world.instant().isBefore(SimulatedScheduler.BEGINNING.plus(Scenario.TROUBLE));
  }

  @Override
  public Outcome send(Attempt attempt) {
    if (troubled() && world.chance(plan.refusals())) {
      world.sleep(world.upTo(Duration.ofMillis(200)));
      return Outcome.without(new Verdict.NotSent("refused"));
    }
    int number = numbers.next();
    var id = attempt.operation().id();
    var broken = world.signal();
    var over = new boolean[1];
    history.add(new Event.Sent(world.instant(), id, number, process.name()));
    underWay.put(number, attempt);
    attempt.onAbort(() -> {
      if (!over[0]) {
        over[0] = true;
        history.add(new Event.Over(world.instant(), id, number, new Verdict.Unknown("broken off")));
      }
      broken.raise();
    });
    var verdict = await(attempt, broken);
    underWay.remove(number);
    if (!over[0]) {
      over[0] = true;
      history.add(new Event.Over(world.instant(), id, number, verdict));
    }
    return new Outcome(verdict, StagedContent.empty());
  }

  private Verdict await(Attempt attempt, Threads.Signal broken) {
    boolean slow = troubled() && world.random().nextInt(SLOW_ONE_IN) == 0;
    var work = slow ? attempt.timeout().plusSeconds(1) : world.upTo(WORK_MAX);
    boolean inTime = work.compareTo(attempt.timeout()) <= 0;
    try {
      if (broken.await(inTime ? work : attempt.timeout())) {
        return new Verdict.Unknown("broken off");
      }
    } catch (InterruptedException never) {
      throw new IllegalStateException("nobody interrupts a strand", never);
    }
    return inTime ? answer() : new Verdict.Unknown("no answer in time");
  }

  private Verdict answer() {
    if (!troubled()) {
      return answered(200, Optional.empty());
    }
    if (world.chance(plan.breaks())) {
      return new Verdict.Unknown("connection reset");
    }
    if (world.chance(plan.overloads())) {
      int status = world.random().nextBoolean() ? 429 : 503;
      return answered(
          status,
          world.random().nextBoolean()
              ? Optional.of(world.upTo(Duration.ofSeconds(5)))
              : Optional.empty());
    }
    return answered(
        switch (world.random().nextInt(12)) {
          case 0 -> 400;
          case 1 -> 401;
          case 2 -> 500;
          case 3 -> 502;
          case 4 -> 504;
          default -> 200;
        },
        Optional.empty());
  }

  private static Verdict answered(int status, Optional<Duration> retryAfter) {
    return new Verdict.Responded(new Response(status, List.of(), 0), retryAfter);
  }

  /// Told that the process is dead: what it had under way is lost to it.
  void lose() {
    underWay.forEach((number, attempt) ->
        history.add(new Event.Lost(world.instant(), attempt.operation().id(), number)));
    underWay.clear();
  }
}
