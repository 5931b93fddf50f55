package dev.backlane.app.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// Receives SIGTERM and SIGINT as requests to stop, so that the command can drain and choose the
/// exit code. Thread-safe.
public final class ProcessStop implements StopSignal {
  private final CountDownLatch stopRequested = new CountDownLatch(1);
  private final CountDownLatch commandEnded = new CountDownLatch(1);
  private final AtomicBoolean listening = new AtomicBoolean();
  private final AtomicInteger code = new AtomicInteger();

  /// Before this call a signal ends the process at once.
  @Override
  public void listen() {
    if (listening.compareAndSet(false, true)) {
      try {
        Runtime.getRuntime().addShutdownHook(new Thread(this::onShutdown, "stop"));
      } catch (IllegalStateException e) {
        stopRequested.countDown(); // The signal was received during the start.
      }
    }
  }

  @Override
  public void await() throws InterruptedException {
    listen();
    stopRequested.await();
  }

  /// Ends the process with the code, even if a signal has started its shutdown, which would set
  /// another code.
  public void exit(int exitCode) {
    code.set(exitCode);
    commandEnded.countDown();
    System.exit(exitCode);
  }

  /// Runs when the JVM has begun to shut down. Without the halt, the exit code after SIGTERM would
  /// be 143.
  private void onShutdown() {
    stopRequested.countDown();
    try {
      commandEnded.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    Runtime.getRuntime().halt(code.get());
  }
}
