package dev.backlane.app.process;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Receives signals: SIGHUP requests to reload; the first SIGTERM or SIGINT requests to stop, the
/// second to stop at once, and the third ends the process. Thread-safe.
public final class ProcessStop implements StopSignal {
  /// The exit code of a process that was stopped at once.
  public static final int STOPPED_AT_ONCE = 3;

  private static final Logger LOG = LoggerFactory.getLogger(ProcessStop.class);

  /// How long a process may take to end after the second request to stop.
  private static final Duration AT_ONCE_MAX = Duration.ofSeconds(5);

  private enum Request {
    RELOAD,
    STOP
  }

  private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
  private final AtomicInteger stopRequests = new AtomicInteger();
  private final CountDownLatch second = new CountDownLatch(1);
  private final CountDownLatch third = new CountDownLatch(1);
  private final AtomicBoolean holding = new AtomicBoolean();
  private final AtomicBoolean listening = new AtomicBoolean();

  @Override
  public void holdReloads() {
    if (holding.compareAndSet(false, true)) {
      Signals.handle("HUP", () -> requests.add(Request.RELOAD));
    }
  }

  /// Before this call SIGTERM and SIGINT end the process at once.
  @Override
  public void listen() {
    if (listening.compareAndSet(false, true)) {
      Signals.handle("TERM", this::onStop);
      Signals.handle("INT", this::onStop);
    }
  }

  private void onStop() {
    switch (stopRequests.incrementAndGet()) {
      case 1 -> requests.add(Request.STOP);
      case 2 -> second.countDown();
      default -> third.countDown();
    }
  }

  @Override
  public void await(Runnable reload) throws InterruptedException {
    holdReloads();
    listen();
    while (requests.take() == Request.RELOAD) {
      reload.run();
    }
  }

  @Override
  public void await() throws InterruptedException {
    holdReloads();
    listen();
    requests.take();
  }

  @Override
  public void limit(Duration max, Runnable stopNow) {
    Thread.ofPlatform().name("stop-limit").daemon().start(() -> endLate(max, stopNow));
  }

  private void endLate(Duration max, Runnable stopNow) {
    try {
      if (second.await(max.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("A second signal was received: aborting what is in flight");
        stopNow.run();
        if (third.await(AT_ONCE_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
          LOG.warn("A third signal was received: ending the process");
        }
      } else {
        LOG.error("The process has not stopped within {} s; ending it", max.toSeconds());
      }
      // As after a crash: nothing that was acknowledged is lost.
      Runtime.getRuntime().halt(STOPPED_AT_ONCE);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public boolean stoppedAtOnce() {
    return second.getCount() == 0;
  }
}
