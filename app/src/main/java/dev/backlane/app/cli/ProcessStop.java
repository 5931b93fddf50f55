package dev.backlane.app.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// Receives SIGTERM and SIGINT as requests to stop, so that the command can drain and choose the
/// exit code. Thread-safe.
public final class ProcessStop implements StopSignal {
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicBoolean listening = new AtomicBoolean();
  private final AtomicInteger code = new AtomicInteger();

  /// Before this call a signal ends the process at once.
  @Override
  public void listen() {
    if (listening.compareAndSet(false, true)) {
      try {
        Runtime.getRuntime().addShutdownHook(new Thread(this::onShutdown, "stop"));
      } catch (IllegalStateException e) {
        asked.countDown(); // The signal was received during the start.
      }
    }
  }

  @Override
  public void await() throws InterruptedException {
    listen();
    asked.await();
  }

  /// Ends the process with the code, even if a signal has begun to end it with another.
  public void exit(int exitCode) {
    code.set(exitCode);
    ended.countDown();
    System.exit(exitCode);
  }

  /// Runs when the JVM has begun to shut down. Without the halt, the exit code after SIGTERM would
  /// be 143.
  private void onShutdown() {
    asked.countDown();
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    Runtime.getRuntime().halt(code.get());
  }
}
