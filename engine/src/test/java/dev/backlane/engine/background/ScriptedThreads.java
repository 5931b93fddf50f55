package dev.backlane.engine.background;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Threads that run where they are started, in time that passes only while they wait. The wait after
/// the last of a number of waits is interrupted. For one thread.
final class ScriptedThreads implements Threads {
  private final int waitsMax;
  private final List<Duration> waits = new ArrayList<>();
  private final List<String> started = new ArrayList<>();
  private long nanos;

  ScriptedThreads(int waitsMax) {
    this.waitsMax = waitsMax;
  }

  /// The waits so far; a wait that a raised signal ended at once is [Duration#ZERO].
  List<Duration> waits() {
    return waits;
  }

  /// The waits so far in milliseconds.
  List<Long> waitMillis() {
    return waits.stream().map(Duration::toMillis).toList();
  }

  /// The names of the threads that were started.
  List<String> started() {
    return started;
  }

  void advance(Duration duration) {
    nanos += duration.toNanos();
  }

  @Override
  public long nanoTime() {
    return nanos;
  }

  @Override
  public void start(String name, Runnable work) {
    started.add(name);
    work.run();
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
          throw new InterruptedException("the script is over");
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
