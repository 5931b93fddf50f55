package dev.backlane.app;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// SIGTERM and SIGINT as a request to stop, so that the command can drain and choose the exit code itself.
final class ProcessStop implements StopSignal {
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicBoolean listening = new AtomicBoolean();
  private final AtomicInteger code = new AtomicInteger();

  /// Until this is called a signal ends the process as it does any other.
  @Override
  public void listen() {
    if (listening.compareAndSet(false, true)) {
      try {
        Runtime.getRuntime().addShutdownHook(new Thread(this::onShutdown, "stop"));
      } catch (IllegalStateException e) {
        asked.countDown(); // The signal came while the gateway started.
      }
    }
  }

  @Override
  public void await() throws InterruptedException {
    listen();
    asked.await();
  }

  /// Ends the process with the code, also when a signal has begun to end it with another.
  void exit(int exitCode) {
    code.set(exitCode);
    ended.countDown();
    System.exit(exitCode);
  }

  /// Runs once the JVM has begun to shut down; it would end with 143 after SIGTERM, were it not halted here.
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
