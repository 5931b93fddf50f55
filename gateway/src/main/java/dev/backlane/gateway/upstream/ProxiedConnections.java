package dev.backlane.gateway.upstream;

import dev.backlane.engine.operation.Obstacle;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Limits the connections that proxied calls use at the same time. While others wait for one, the
/// calls of slow clients are ended: otherwise a few clients that trickle their requests, or do not
/// read their responses, could keep all connections. Thread-safe.
final class ProxiedConnections {
  private static final Logger LOG = LoggerFactory.getLogger(ProxiedConnections.class);

  /// How often a waiting call checks for slow clients, and whether it was aborted.
  private static final long CHECK_MILLIS = 100;

  private final int max;
  private final Semaphore permits;
  private final Set<Exchange> holders = ConcurrentHashMap.newKeySet();

  /// @param max at the same time, at least 1
  ProxiedConnections(int max) {
    this.max = max;
    this.permits = new Semaphore(max, true);
  }

  /// Waits for a permit.
  ///
  /// @throws NotSentException if there is none in time, or the exchange was aborted
  void acquire(Exchange exchange, long deadlineNanos) throws NotSentException {
    if (!permits.tryAcquire() && !waited(exchange, deadlineNanos)) {
      throw new NotSentException(
          Obstacle.RESOURCES,
          "all " + max + " connections to the upstream are in use (upstream.max-connections)");
    }
    holders.add(exchange);
  }

  private boolean waited(Exchange exchange, long deadlineNanos) throws NotSentException {
    try {
      while (true) {
        long leftNanos = deadlineNanos - System.nanoTime();
        if (leftNanos <= 0) {
          return false;
        }
        endOneSlow();
        if (permits.tryAcquire(
            Math.min(leftNanos, TimeUnit.MILLISECONDS.toNanos(CHECK_MILLIS)),
            TimeUnit.NANOSECONDS)) {
          return true;
        }
        exchange.refuseIfAborted();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new NotSentException(
          Obstacle.PROCESS, "interrupted while waiting for a connection", interrupted);
    }
  }

  private void endOneSlow() {
    for (var holder : holders) {
      if (holder.endIfClientIsSlow()) {
        LOG.info(
            "Ended a proxied call whose client is too slow, because other calls wait for one of the {} connections to"
                + " the upstream (upstream.max-connections)",
            max);
        return;
      }
    }
  }

  /// Releases the permit of an exchange.
  void release(Exchange exchange) {
    if (holders.remove(exchange)) {
      permits.release();
    }
  }
}
