package dev.backlane.app.cli.calls;

import dev.backlane.client.OperationState;
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

  private void redraw() {
    try {
      while (!closed.await(REDRAWN_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
        draw();
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  /// Shows another state.
  void show(OperationState now) {
    synchronized (this) {
      state = now;
    }
    if (terminal) {
      draw();
    }
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
