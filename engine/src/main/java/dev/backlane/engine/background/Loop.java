package dev.backlane.engine.background;

import dev.backlane.engine.memory.OutOfMemory;
import dev.backlane.engine.store.failure.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Repeats one step on a background thread until it is stopped. All background work runs in a loop.
///
/// ```text
///            ┌────────────── wait ◀─────────────┐
///            ▼                                   │
/// start ─▶ step ─┬─ Again ──────────────────▶ (no wait)
///                ├─ Wait of 1 ms or more ──▶ that long
///                ├─ Wait of less ──────────▶ 1 ms, 2 ms, 4 ms, ... 1 s
///                ├─ exception ─────────────▶ the backoff's next wait
///                ├─ Retry ─────────────────▶ the wait that the step chose
///                └─ Done, stop, interrupt ─▶ end
/// ```
///
/// - **Exceptions** never end a loop. The first failure in a row is logged: a [StoreException] as a
///   warning with its message, since the store being unavailable is expected, any other as an error
///   with its stack trace. If an unexpected exception follows a [StoreException], it is logged too.
///   The others in the row are logged at debug level. The first success afterwards is logged with
///   the duration of the failure. An [Error] is handled as an exception, except that an
///   [OutOfMemoryError] ends the process.
/// - **No hot loop:** a step that requests to run again at once, but reports no progress, is
///   delayed by pauses that double from [#IDLE_PAUSE_MIN] to [#IDLE_PAUSE_MAX]. Progress or a real
///   wait resets them.
/// - **Wake-up:** [#wake] ends the current wait, or the next one if the step is running.
/// - **End:** [#stop] ends the loop once a running step has returned; [#awaitEnd] waits for that.
///
/// Thread-safe. A loop is started once.
public final class Loop implements AutoCloseable {
  /// The first pause after a step that requested no wait and made no progress.
  public static final Duration IDLE_PAUSE_MIN = Duration.ofMillis(1);

  /// The longest such pause.
  public static final Duration IDLE_PAUSE_MAX = Duration.ofSeconds(1);

  /// The longest wait; longer ones are shortened to it.
  public static final Duration WAIT_MAX = Duration.ofDays(1);

  private static final Logger LOG = LoggerFactory.getLogger(Loop.class);
  private static final Backoff IDLE = new Backoff(IDLE_PAUSE_MIN, IDLE_PAUSE_MAX);

  /// The work that is repeated. Never run by two threads at once.
  @FunctionalInterface
  public interface Step {
    /// Runs once.
    ///
    /// @return when to run again
    /// @throws InterruptedException to end the loop
    Next run() throws InterruptedException;
  }

  /// When a step runs again.
  public sealed interface Next {
    /// The step made progress and may find more to do: it runs again at once.
    record Again() implements Next {}

    /// The step runs again after a wait, or when it is woken.
    ///
    /// @param duration less than 1 ms: as soon as possible, but with growing pauses, since there
    ///     was no progress
    record Wait(Duration duration) implements Next {}

    /// The step failed, and specifies when to run again.
    ///
    /// @param cause logged as if the step had thrown it
    record Retry(RuntimeException cause, Duration duration) implements Next {}

    /// The step does not run again.
    record Done() implements Next {}

    static Next again() {
      return new Again();
    }

    static Next after(Duration duration) {
      return new Wait(duration);
    }

    static Next retry(RuntimeException cause, Duration wait) {
      return new Retry(cause, wait);
    }

    static Next done() {
      return new Done();
    }
  }

  private enum Phase {
    NEW,
    STARTED,
    ENDED
  }

  private enum Health {
    WORKING,
    /// The store is unavailable.
    STORE_UNAVAILABLE,
    /// The step failed unexpectedly.
    FAILED_UNEXPECTEDLY
  }

  private final String name;
  private final Step step;
  private final Backoff backoff;
  private final Threads threads;
  private final Threads.Signal wakeUp;
  private final Threads.Signal ended;
  private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.NEW);
  private volatile boolean stopping;
  private volatile Health health = Health.WORKING;

  // Used by the loop's thread alone.
  private int idleInARow;
  private int failuresInARow;
  private long failingSinceNanos;

  /// @param name names the work in log messages, such as `Lease renewal`; the thread is called
  ///     `lease-renewal`
  /// @param backoff the waits after exceptions
  public Loop(String name, Step step, Backoff backoff, Threads threads) {
    this.name = name;
    this.step = step;
    this.backoff = backoff;
    this.threads = threads;
    this.wakeUp = threads.signal();
    this.ended = threads.signal();
  }

  /// Starts the loop's thread; the first step runs at once.
  public void start() {
    startAfter(Duration.ZERO);
  }

  /// Starts the loop's thread; the first step runs after a wait.
  public void startAfter(Duration initialWait) {
    if (!phase.compareAndSet(Phase.NEW, Phase.STARTED)) {
      throw new IllegalStateException("The loop " + name + " was already started");
    }
    threads.start(name.toLowerCase(Locale.ROOT).replace(' ', '-'), () -> run(initialWait));
  }

  /// How long a step waits for the next work: until it is due, at most `max`.
  ///
  /// @param due empty: none is known
  public static Duration untilDue(Optional<Instant> due, Instant now, Duration max) {
    return due.map(next -> Duration.between(now, next))
        .filter(wait -> wait.compareTo(max) < 0)
        .orElse(max);
  }

  /// Ends the current wait, so that the step runs now. If the step is running, it runs again at
  /// once afterwards.
  public void wake() {
    wakeUp.raise();
  }

  /// Ends the loop without waiting for it: a running step completes, and no other follows.
  /// Idempotent.
  public void stop() {
    stopping = true;
    wakeUp.raise();
  }

  /// Waits until the loop has ended after [#stop].
  ///
  /// @return whether it has ended, or was never started
  /// @throws InterruptedException if the waiting thread is interrupted
  public boolean awaitEnd(Duration max) throws InterruptedException {
    long deadline = threads.nanoTime() + max.toNanos();
    while (phase.get() == Phase.STARTED) {
      long remaining = deadline - threads.nanoTime();
      if (remaining <= 0) {
        return false;
      }
      if (ended.await(Duration.ofNanos(remaining))) {
        // A signal wakes one thread; others may be waiting too.
        ended.raise();
      }
    }
    return true;
  }

  /// Whether the last step failed.
  public boolean failing() {
    return health != Health.WORKING;
  }

  /// The same as [#stop].
  @Override
  public void close() {
    stop();
  }

  private void run(Duration initialWait) {
    try {
      if (initialWait.isPositive() && !stopping) {
        wakeUp.await(shorter(initialWait, WAIT_MAX));
      }
      repeat();
    } catch (InterruptedException interrupted) {
      LOG.debug("{} was interrupted and ends", name);
    } finally {
      phase.set(Phase.ENDED);
      ended.raise();
    }
  }

  private void repeat() throws InterruptedException {
    while (!stopping) {
      var wait =
          switch (runStep()) {
            case Next.Again _ -> {
              succeeded();
              idleInARow = 0;
              yield Duration.ZERO;
            }
            case Next.Wait(var duration) -> {
              succeeded();
              yield paced(duration);
            }
            case Next.Retry(var cause, var duration) -> {
              var pause = longer(duration, IDLE_PAUSE_MIN);
              failed(cause, pause);
              yield pause;
            }
            case Next.Done _ -> {
              succeeded();
              stopping = true;
              yield Duration.ZERO;
            }
          };
      if (wait.isPositive() && !stopping) {
        wakeUp.await(shorter(wait, WAIT_MAX));
      }
    }
  }

  private Next runStep() throws InterruptedException {
    try {
      return step.run();
    } catch (RuntimeException cause) {
      return Next.retry(cause, backoff.after(failuresInARow + 1));
    } catch (ProcessEndedError ended) {
      throw ended;
    } catch (Error error) {
      OutOfMemory.endProcess(error);
      return Next.retry(
          new IllegalStateException("the step threw " + error, error),
          backoff.after(failuresInARow + 1));
    }
  }

  /// The requested wait or, if a step repeatedly requests none, the next pause.
  private Duration paced(Duration wait) {
    if (wait.compareTo(IDLE_PAUSE_MIN) >= 0) {
      idleInARow = 0;
      return wait;
    }
    idleInARow++;
    return IDLE.after(idleInARow);
  }

  private void succeeded() {
    if (health != Health.WORKING) {
      var failedFor = Duration.ofNanos(threads.nanoTime() - failingSinceNanos);
      LOG.info("{} works again; it failed for {} ms", name, failedFor.toMillis());
      health = Health.WORKING;
    }
    failuresInARow = 0;
  }

  private void failed(RuntimeException cause, Duration wait) {
    if (failuresInARow == 0) {
      failingSinceNanos = threads.nanoTime();
    }
    failuresInARow++;
    if (stopping) {
      LOG.debug("{} failed while it was being stopped", name, cause);
    } else if (cause instanceof StoreException && health == Health.WORKING) {
      health = Health.STORE_UNAVAILABLE;
      LOG.warn("{} failed; retrying in {} ms: {}", name, wait.toMillis(), cause.getMessage());
    } else if (!(cause instanceof StoreException) && health != Health.FAILED_UNEXPECTEDLY) {
      health = Health.FAILED_UNEXPECTEDLY;
      LOG.error("{} failed unexpectedly; retrying in {} ms", name, wait.toMillis(), cause);
    } else {
      LOG.debug("{} failed again; retrying in {} ms", name, wait.toMillis(), cause);
    }
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }
}
