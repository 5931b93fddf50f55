package dev.backlane.gateway.connect;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// Gives [IdleLifetimes] its evidence under a steady load, which leaves no connection idle for long
/// enough: holds a few connections idle for 1 s and checks whether the upstream keeps them open.
///
/// A trial begins with 2 connections, twice as many after each success, and 16 at most. A server
/// that serves one connection at a time would be blocked by a connection that is held. So a trial
/// ends after 100 ms unless a response has arrived to a request that was sent after the last of its
/// connections became idle. After a failure the next trial waits for 1 s, then twice as long each
/// time, 60 s at most. Thread-safe.
public final class IdleTrials<C extends IdleTrials.Candidate> {
  private static final Duration GATHER_MAX = Duration.ofMillis(50);
  private static final Duration CONFIRM_MAX = Duration.ofMillis(100);
  private static final Duration HOLD = Duration.ofMillis(1_100);
  private static final Duration PAUSE_MIN = Duration.ofSeconds(1);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(60);
  private static final int SIZE_MIN = 2;
  private static final int SIZE_MAX = 16;

  /// A connection that can be held.
  public interface Candidate {
    /// Whether the upstream has not closed it, as far as can be seen.
    boolean isOpen();

    /// How long it has been idle.
    Duration idleFor();

    /// How long it was certainly open while it was idle.
    Duration seenOpenFor();
  }

  /// Runs an action later.
  @FunctionalInterface
  public interface Timer {
    void after(Duration delay, Runnable action);
  }

  private final IdleLifetimes lifetimes;
  private final Timer timer;
  private final LongSupplier nanos;
  private final Consumer<C> close;
  private final List<C> held = new ArrayList<>();
  private int size = SIZE_MIN;
  private Duration pause = PAUSE_MIN;
  private long trial;
  private long beganNanos;
  private long heldNanos;
  private long pauseEndNanos;
  private volatile int holding;
  private volatile boolean unconfirmed;
  private boolean closed;

  /// @param timer its actions must not overlap with each other
  /// @param nanos the monotonic clock, as [System#nanoTime]
  /// @param close closes a connection; must not block
  public IdleTrials(IdleLifetimes lifetimes, Timer timer, LongSupplier nanos, Consumer<C> close) {
    this.close = close;
    this.lifetimes = lifetimes;
    this.timer = timer;
    this.nanos = nanos;
    this.pauseEndNanos = nanos.getAsLong();
  }

  /// Offers an idle connection that would be closed otherwise.
  ///
  /// @return whether it is held; otherwise the caller closes it
  public synchronized boolean offer(C connection) {
    long now = nanos.getAsLong();
    if (closed || lifetimes.trust(Duration.ZERO)) {
      return false;
    }
    if (held.isEmpty()) {
      if (now - pauseEndNanos < 0) {
        return false;
      }
      begin(now);
    } else if (held.size() >= size || now - beganNanos > GATHER_MAX.toNanos()) {
      return false;
    }
    held.add(connection);
    heldNanos = now;
    unconfirmed = true;
    holding = held.size();
    return true;
  }

  private void begin(long now) {
    long begun = ++trial;
    beganNanos = now;
    timer.after(CONFIRM_MAX, () -> confirm(begun));
    timer.after(HOLD, () -> end(begun));
  }

  /// The connections that are held.
  public int holding() {
    return holding;
  }

  /// A response has begun on a connection that is not held.
  ///
  /// @param sentNanos when its request was sent, by the monotonic clock
  public void responded(long sentNanos) {
    if (unconfirmed) {
      confirmBy(sentNanos);
    }
  }

  private synchronized void confirmBy(long sentNanos) {
    if (sentNanos - heldNanos > 0) {
      unconfirmed = false;
    }
  }

  /// Closes some of the held connections, because others are needed.
  public synchronized void release(int count) {
    for (int each = 0; each < count && !held.isEmpty(); each++) {
      close.accept(held.removeLast());
    }
    holding = held.size();
    if (held.isEmpty()) {
      // The trial has shown nothing.
      unconfirmed = false;
    }
  }

  private synchronized void confirm(long begun) {
    if (begun == trial && unconfirmed) {
      fail();
    }
  }

  private synchronized void end(long begun) {
    if (begun != trial || held.isEmpty()) {
      return;
    }
    boolean kept = true;
    for (var connection : held) {
      if (connection.isOpen()) {
        lifetimes.survived(connection.idleFor());
      } else {
        lifetimes.closed(connection.seenOpenFor());
        kept = false;
      }
    }
    if (kept) {
      size = Math.min(2 * size, SIZE_MAX);
      pause = PAUSE_MIN;
      closeAll();
    } else {
      fail();
    }
  }

  private void fail() {
    closeAll();
    size = SIZE_MIN;
    pauseEndNanos = nanos.getAsLong() + pause.toNanos();
    var longer = pause.multipliedBy(2);
    pause = longer.compareTo(PAUSE_MAX) < 0 ? longer : PAUSE_MAX;
  }

  private void closeAll() {
    held.forEach(close);
    held.clear();
    holding = 0;
    unconfirmed = false;
  }

  /// Closes the held connections, and holds none any more.
  public synchronized void close() {
    closed = true;
    closeAll();
  }
}
