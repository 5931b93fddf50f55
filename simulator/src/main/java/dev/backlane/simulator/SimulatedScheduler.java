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

/// Time, chance and turns. Of all strands one runs; whenever it waits, chance says which goes on, and time passes only when
/// none can. One seed gives one course of events.
final class SimulatedScheduler implements InstantSource {
  /// When every simulation begins.
  static final Instant BEGINNING = Instant.parse("2026-01-01T00:00:00Z");

  private record Timer(Instant at, long number, SimulatedThread strand, long waits) {}

  private final SplittableRandom random;
  private final List<SimulatedThread> runnable = new ArrayList<>();
  private final PriorityQueue<Timer> timers =
      new PriorityQueue<>(Comparator.comparing(Timer::at).thenComparingLong(Timer::number));
  private Instant now = BEGINNING;
  private final SimulatedThread first = new SimulatedThread(null);
  private SimulatedThread current = first;
  private long timersSet;
  private int others;
  private boolean over;

  /// The thread that makes it is its first strand.
  SimulatedScheduler(long seed) {
    this.random = new SplittableRandom(seed);
  }

  @Override
  public Instant instant() {
    return now;
  }

  SplittableRandom random() {
    return random;
  }

  boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  /// A duration from zero to `max`.
  Duration upTo(Duration max) {
    return Duration.ofMillis(random.nextLong(max.toMillis() + 1));
  }

  /// Starts a strand; it runs when chance says so.
  void start(@Nullable SimulatedProcess process, Runnable work) {
    var strand = new SimulatedThread(process);
    runnable.add(strand);
    Thread.ofVirtual()
        .start(() -> {
          try {
            strand.awaitBaton();
            work.run();
          } catch (Crash dead) {
            // Its process died: nobody is to notice anything but its silence.
          } finally {
            leave();
          }
        });
  }

  /// Lets others go on first, perhaps.
  void giveWay() {
    runnable.add(current);
    pass();
  }

  /// Lets time pass.
  void sleep(Duration duration) {
    waitFor(duration);
  }

  Threads.Signal signal() {
    return new SimulatedSignal();
  }

  /// Waits at most so long.
  private void waitFor(Duration max) {
    var self = current;
    self.waiting = true;
    self.waits++;
    timers.add(new Timer(now.plus(max), timersSet++, self, self.waits));
    pass();
  }

  private void wake(SimulatedThread strand) {
    if (strand.waiting) {
      strand.waiting = false;
      runnable.add(strand);
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
    if (self != first && (over || process != null && process.dead())) {
      throw new Crash();
    }
  }

  /// Ends all strands but the first, which calls it.
  void end() {
    over = true;
    timers.forEach(timer -> wake(timer.strand()));
    while (others > 0) {
      giveWay();
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
        if (timer.strand().waits == timer.waits()) {
          wake(timer.strand());
        }
      }
      int at = random.nextInt(runnable.size());
      var chosen = runnable.get(at);
      runnable.set(at, runnable.getLast());
      runnable.removeLast();
      var process = chosen.process();
      if (process != null && !process.dead() && process.stalledUntil().isAfter(now)) {
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
        giveWay();
      }
      boolean woken = raised;
      raised = false;
      return woken;
    }
  }
}
