package dev.backlane.engine.background;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// Threads that run on the thread that starts them, in time that passes only while they wait. After
/// a given number of waits, the next one is interrupted. For one thread.
public final class ScriptedThreads implements Threads {
  private final Predicate<String> runs;
  private final int waitsMax;
  private final List<Duration> waits = new ArrayList<>();
  private final List<String> started = new ArrayList<>();
  private long nanos;

  /// Runs all threads.
  public ScriptedThreads(int waitsMax) {
    this(waitsMax, _ -> true);
  }

  /// @param runs selects, by name, the threads that run; others are ignored
  public ScriptedThreads(int waitsMax, Predicate<String> runs) {
    this.waitsMax = waitsMax;
    this.runs = runs;
  }

  /// The waits so far; a wait that a raised signal ended at once is [Duration#ZERO].
  public List<Duration> waits() {
    return waits;
  }

  /// The waits so far in milliseconds.
  public List<Long> waitMillis() {
    return waits.stream().map(Duration::toMillis).toList();
  }

  /// The names of the threads that were started.
  public List<String> started() {
    return started;
  }

  public void advance(Duration duration) {
    nanos += duration.toNanos();
  }

  @Override
  public long nanoTime() {
    return nanos;
  }

  @Override
  public void start(String name, Runnable work) {
    started.add(name);
    if (runs.test(name)) {
      work.run();
    }
  }

  @Override
  public Signal signal() {
    return new Signal() {
      private boolean raised;

      @Override
      public void raise() {
        raised = true;
      }

      @Override
      public boolean await(Duration max) throws InterruptedException {
        if (waits.size() == waitsMax) {
          throw new InterruptedException("the script has ended");
        }
        boolean woken = raised;
        raised = false;
        waits.add(woken ? Duration.ZERO : max);
        if (!woken) {
          advance(max);
        }
        return woken;
      }
    };
  }
}
