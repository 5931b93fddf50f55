package dev.backlane.simulator;

import dev.backlane.engine.background.Threads;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// Simulated time and scheduling. One thread runs at a time; when it waits, the next is chosen at
/// random, and time advances only when no thread can run. A seed determines everything that
/// happens.
final class SimulatedScheduler implements InstantSource {
  /// The start time of every simulation.
  static final Instant BEGINNING = Instant.parse("2026-01-01T00:00:00Z");

  private record Timer(Instant at, long number, SimulatedThread thread, long waits) {}

  private final SplittableRandom random;
  private final List<SimulatedThread> runnable = new ArrayList<>();
  private final PriorityQueue<Timer> timers =
      new PriorityQueue<>(Comparator.comparing(Timer::at).thenComparingLong(Timer::number));
  private Instant now = BEGINNING;
  private final SimulatedThread mainThread = new SimulatedThread(null);
  private SimulatedThread current = mainThread;
  private SimulatedClocks clocks = new SimulatedClocks(new SimulatedWall(this));
  private long timersSet;
  private int others;
  private boolean ended;

  /// The calling thread becomes the main simulated thread.
  SimulatedScheduler(long seed) {
    this.random = new SplittableRandom(seed);
  }

  @Override
  public Instant instant() {
    return now;
  }

  /// Lets the wall clock jump, as a seed determines. Called before any node is created.
  void letWallClockJump(long seed) {
    clocks = new SimulatedClocks(new SimulatedWall(this, seed));
  }

  SimulatedClocks clocks() {
    return clocks;
  }

  SplittableRandom random() {
    return random;
  }

  boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  /// A duration from zero to `max`.
  Duration randomUpTo(Duration max) {
    return Duration.ofMillis(random.nextLong(max.toMillis() + 1));
  }

  /// Starts a thread, which runs when the scheduler chooses it.
  void start(@Nullable SimulatedProcess process, Runnable work) {
    var thread = new SimulatedThread(process);
    runnable.add(thread);
    others++;
    Thread.ofVirtual()
        .start(() -> {
          try {
            thread.awaitBaton();
            checkAlive(thread);
            work.run();
          } catch (Crash dead) {
            // The process has died; other threads must not observe anything of it.
          } finally {
            leave();
          }
        });
  }

  /// Lets the scheduler choose the next thread, which may be the current one.
  void yieldNow() {
    runnable.add(current);
    pass();
  }

  /// Waits for a duration of simulated time.
  void sleep(Duration duration) {
    waitFor(duration);
  }

  Threads.Signal signal() {
    return new SimulatedSignal();
  }

  /// Waits until woken, at most for `max`.
  private void waitFor(Duration max) {
    var self = current;
    checkAlive(self);
    self.waiting = true;
    self.waits++;
    timers.add(new Timer(now.plus(max), timersSet++, self, self.waits));
    pass();
  }

  private void wake(SimulatedThread thread) {
    if (thread.waiting) {
      thread.waiting = false;
      runnable.add(thread);
    }
  }

  private void pass() {
    var self = current;
    var next = choose();
    current = next;
    if (next != self) {
      next.giveBaton();
      self.awaitBaton();
    }
    checkAlive(self);
  }

  private void checkAlive(SimulatedThread self) {
    var process = self.process();
    if (self != mainThread && (ended || process != null && process.dead())) {
      throw new Crash();
    }
  }

  /// Ends all threads except the main thread, which calls it.
  void end() {
    ended = true;
    timers.forEach(timer -> wake(timer.thread()));
    while (others > 0) {
      yieldNow();
    }
  }

  private void leave() {
    others--;
    var next = choose();
    current = next;
    next.giveBaton();
  }

  private SimulatedThread choose() {
    while (true) {
      while (runnable.isEmpty()) {
        var timer = timers.remove();
        now = timer.at().isAfter(now) ? timer.at() : now;
        if (timer.thread().waits == timer.waits()) {
          wake(timer.thread());
        }
      }
      int at = random.nextInt(runnable.size());
      var chosen = runnable.get(at);
      runnable.set(at, runnable.getLast());
      runnable.removeLast();
      var process = chosen.process();
      if (!ended && process != null && !process.dead() && process.stalledUntil().isAfter(now)) {
        chosen.waiting = true;
        chosen.waits++;
        timers.add(new Timer(process.stalledUntil(), timersSet++, chosen, chosen.waits));
      } else {
        return chosen;
      }
    }
  }

  private final class SimulatedSignal implements Threads.Signal {
    private boolean raised;
    private @Nullable SimulatedThread waiter;

    @Override
    public void raise() {
      raised = true;
      if (waiter != null) {
        wake(waiter);
      }
    }

    @Override
    public boolean await(Duration max) {
      if (!raised) {
        waiter = current;
        waitFor(max);
        waiter = null;
      } else {
        yieldNow();
      }
      boolean woken = raised;
      raised = false;
      return woken;
    }
  }
}
