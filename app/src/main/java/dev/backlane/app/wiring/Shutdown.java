package dev.backlane.app.wiring;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.gateway.http.jetty.JettyListener;
import java.time.Duration;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The stop of a gateway up to the abort of what is left, in an order that loses no outcome and
/// refuses no call that a load balancer still sends:
///
/// ```text
/// request to stop
///   │  server.shutdown-delay    readiness is 503; calls are accepted and executed;
///   │                           in the second half, responses have Connection: close
///   ▼
/// port closed; nothing is claimed, what is not sent is requeued, leases are still renewed
///   │  execution.drain-timeout  waits for attempts, proxied calls, long polls and downloads
///   ▼
/// abort of what is left, release of the leases, close of all parts
///      at most REST_MAX
/// ```
///
/// A second request ends both waits ([#hurry]). Runs once; thread-safe.
final class Shutdown {
  /// The longest time for what follows the waits: aborted attempts (10 s), notifications (5 s),
  /// aborted calls (5 s), and closing the store.
  static final Duration REST_MAX = Duration.ofSeconds(30);

  private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);
  private static final Duration REPORT_INTERVAL = Duration.ofSeconds(10);
  private static final Duration CHECK_INTERVAL = Duration.ofMillis(50);

  private final JettyListener listener;
  private final Dispatcher dispatcher;
  private final Threads threads;
  private final Threads.Signal hurried;
  private volatile boolean begun;
  private volatile boolean hurrying;

  Shutdown(JettyListener listener, Dispatcher dispatcher, Threads threads) {
    this.listener = listener;
    this.dispatcher = dispatcher;
    this.threads = threads;
    this.hurried = threads.signal();
  }

  /// Whether a request to stop was received.
  boolean begun() {
    return begun;
  }

  /// Ends the waits, now and later.
  void hurry() {
    hurrying = true;
    hurried.raise();
  }

  boolean hurrying() {
    return hurrying;
  }

  /// Stops accepting work, and waits for what is in flight.
  ///
  /// @param delay how long calls are still accepted
  /// @param drainMax how long to wait for what is in flight
  void run(Duration delay, Duration drainMax) {
    begun = true;
    try {
      leave(delay);
      listener.stopAccepting();
      dispatcher.stopStarting();
      drain(drainMax);
    } catch (InterruptedException interrupted) {
      listener.stopAccepting();
      Thread.currentThread().interrupt();
    }
  }

  private void leave(Duration delay) throws InterruptedException {
    if (delay.isZero()) {
      return;
    }
    LOG.info(
        "Stopping: /health/ready returns 503, and calls are accepted for another {}", text(delay));
    var half = delay.dividedBy(2);
    pause(half);
    listener.closeConnections();
    pause(delay.minus(half));
  }

  private void pause(Duration duration) throws InterruptedException {
    if (!hurrying) {
      hurried.await(duration);
    }
  }

  private void drain(Duration max) throws InterruptedException {
    long start = threads.nanoTime();
    long reportedAt = start;
    if (!idle()) {
      LOG.info("Draining: accepting nothing, and waiting up to {} for {}", text(max), inFlight());
    }
    while (!idle() && !hurrying) {
      long now = threads.nanoTime();
      if (now - start >= max.toNanos()) {
        LOG.warn("draining: aborting {} after {}", inFlight(), text(max));
        return;
      }
      if (now - reportedAt >= REPORT_INTERVAL.toNanos()) {
        reportedAt = now;
        LOG.info("draining: {}", inFlight());
      }
      hurried.await(CHECK_INTERVAL);
    }
  }

  private boolean idle() {
    return dispatcher.idle() && listener.inFlight() == 0;
  }

  /// Such as `3 in flight, oldest 4m12s (2 attempts, 1 call)`.
  private String inFlight() {
    int attempts = dispatcher.running();
    int calls = listener.inFlight();
    var oldest = dispatcher.oldestRunning();
    if (listener.oldestInFlight().compareTo(oldest) > 0) {
      oldest = listener.oldestInFlight();
    }
    return String.format(
        Locale.ROOT,
        "%d in flight, oldest %s (attempts: %d, calls of clients: %d)",
        attempts + calls,
        text(oldest),
        attempts,
        calls);
  }

  /// `4m12s`, `1h0m2s`, `12s` or `250ms`.
  static String text(Duration duration) {
    if (duration.compareTo(Duration.ofSeconds(1)) < 0) {
      return duration.toMillis() + "ms";
    }
    var hours = duration.toHours() > 0 ? duration.toHours() + "h" : "";
    var minutes = duration.toMinutes() > 0 ? duration.toMinutesPart() + "m" : "";
    return hours + minutes + duration.toSecondsPart() + "s";
  }
}
