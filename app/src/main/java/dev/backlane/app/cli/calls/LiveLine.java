package dev.backlane.app.cli.calls;

import dev.backlane.client.OperationState;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Shows the state of an operation while a command waits: on a terminal one line that is redrawn
/// each second, otherwise a line for each change. Thread-safe.
final class LiveLine implements AutoCloseable {
  private static final String TO_LINE_END = "\u001b[K";
  private static final Duration REDRAWN_EVERY = Duration.ofSeconds(1);

  private final PrintWriter err;
  private final boolean terminal;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final long begunNanos = System.nanoTime();
  private final Thread redraws;
  private @Nullable OperationState state;

  /// @param terminal whether the line can be redrawn
  LiveLine(PrintWriter err, boolean terminal) {
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
    } else {
      err.println(line(now));
    }
  }

  private synchronized void draw() {
    if (state != null) {
      err.print("\r" + line(state) + TO_LINE_END);
      err.flush();
    }
  }

  private String line(OperationState now) {
    var line = new StringBuilder(now.id()).append("  ").append(Lines.phase(now));
    if (now.attempt() > 0) {
      line.append("  attempt ").append(now.attempt());
    }
    line.append("  ").append(Lines.time(Duration.ofNanos(System.nanoTime() - begunNanos)));
    if (now.lastError() != null && !now.ended()) {
      line.append("  ").append(now.lastError());
    }
    return line.toString();
  }

  /// Ends the line.
  @Override
  public void close() {
    closed.countDown();
    synchronized (this) {
      if (terminal && state != null) {
        err.println();
        err.flush();
      }
      state = null;
    }
  }
}
