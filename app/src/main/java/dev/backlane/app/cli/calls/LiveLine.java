package dev.backlane.app.cli.calls;

import dev.backlane.client.Operation;
import dev.backlane.client.OperationException;
import dev.backlane.client.OperationState;
import dev.backlane.client.Outcome;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Shows the state of an operation while a command waits, on one line of a terminal that is redrawn
/// each second; without a terminal it shows nothing. Thread-safe.
final class LiveLine implements AutoCloseable {
  /// Text beyond the last column is dropped, since a second line would not be overwritten.
  private static final String NO_WRAP = "\u001b[?7l";

  private static final String WRAP = "\u001b[?7h";
  private static final String TO_LINE_END = "\u001b[K";
  private static final Duration REDRAWN_EVERY = Duration.ofSeconds(1);

  /// How soon a change of the state is shown.
  private static final Duration SHOWN_WITHIN = Duration.ofSeconds(2);

  private final String id;
  private final PrintWriter err;
  private final boolean terminal;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final long begunNanos = System.nanoTime();
  private final Thread redraws;
  private @Nullable OperationState state;
  private boolean drawn;

  /// @param id of the operation
  /// @param terminal whether the line can be redrawn
  LiveLine(String id, PrintWriter err, boolean terminal) {
    this.id = id;
    this.err = err;
    this.terminal = terminal;
    this.redraws = Thread.ofVirtual().name("live-line").unstarted(this::redraw);
    if (terminal) {
      redraws.start();
    }
  }

  /// Waits for the end of the operation and shows its states. A gateway holds a long poll until the
  /// end, so that on a terminal short ones are sent, which show a retry soon.
  ///
  /// @param timeout how long to wait
  /// @throws OperationException if it has not ended by then
  Outcome await(Operation operation, Duration timeout) throws IOException, InterruptedException {
    if (!terminal) {
      return operation.await(timeout);
    }
    long end = System.nanoTime() + timeout.toNanos();
    var step = Duration.ZERO;
    while (true) {
      try {
        return operation.await(step, this::show);
      } catch (OperationException notEnded) {
        long left = end - System.nanoTime();
        if (left <= 0 || notEnded.reason() != OperationException.Reason.NOT_ENDED) {
          throw notEnded;
        }
        step = Duration.ofNanos(Math.min(left, SHOWN_WITHIN.toNanos()));
      }
    }
  }

  private void redraw() {
    try {
      while (!closed.await(REDRAWN_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
        draw();
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void show(OperationState now) {
    state = now;
    draw();
  }

  private synchronized void draw() {
    if (closed.getCount() > 0) {
      drawn = true;
      err.print("\r" + TO_LINE_END + NO_WRAP + line() + WRAP);
      err.flush();
    }
  }

  private String line() {
    var line = new StringBuilder(id).append("  ");
    var now = state;
    if (now == null) {
      line.append("no response of the gateway yet");
    } else {
      line.append(Lines.phase(now));
      if (now.attempt() > 0) {
        line.append("  attempt ").append(now.attempt());
      }
    }
    line.append("  ").append(Lines.time(Duration.ofNanos(System.nanoTime() - begunNanos)));
    if (now != null && now.lastError() != null && !now.ended()) {
      line.append("  ").append(now.lastError());
    }
    return line.toString();
  }

  @Override
  public void close() {
    end();
  }

  /// Ends the line. Idempotent.
  void end() {
    closed.countDown();
    synchronized (this) {
      if (drawn) {
        err.println();
        err.flush();
      }
      drawn = false;
    }
  }
}
