package dev.backlane.app;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/// SIGTERM and SIGINT as a request to stop, so that the command can drain and choose the exit code itself.
final class ProcessStop implements StopSignal {
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicInteger code = new AtomicInteger();

  @Override
  public void await() throws InterruptedException {
    try {
      Runtime.getRuntime().addShutdownHook(new Thread(this::onShutdown, "stop"));
    } catch (IllegalStateException e) {
      return; // The signal came while the gateway started: it is asked already.
    }
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
