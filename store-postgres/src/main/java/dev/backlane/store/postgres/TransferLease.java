package dev.backlane.store.postgres;

import dev.backlane.engine.store.StoreException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Lets a process that fills the store be seen among the nodes, so that no two do it at once. Thread-safe.
final class TransferLease implements AutoCloseable {
  private static final Duration LIFETIME = Duration.ofSeconds(10);
  private static final Duration PAUSE = Duration.ofSeconds(3);

  private static final Logger LOG = LoggerFactory.getLogger(TransferLease.class);

  private final NodeLeases nodes;
  private final InstantSource clock;
  private final String holder = "transfer-" + UUID.randomUUID();
  private volatile boolean present;

  TransferLease(NodeLeases nodes, InstantSource clock) {
    this.nodes = nodes;
    this.clock = clock;
  }

  /// Appears, until it is closed.
  ///
  /// @return who else is alive; where there is anybody, nothing was begun
  synchronized Set<String> begin() {
    var others = new HashSet<>(nodes.renew(holder, LIFETIME, clock.instant()));
    others.remove(holder);
    if (!others.isEmpty()) {
      nodes.leave(holder);
    } else if (!present) {
      present = true;
      Thread.ofVirtual().name("store-presence").start(this::run);
    }
    return others;
  }

  private void run() {
    while (present) {
      LockSupport.parkNanos(PAUSE.toNanos());
      renew();
    }
  }

  private synchronized void renew() {
    if (!present) {
      return;
    }
    try {
      nodes.renew(holder, LIFETIME, clock.instant());
    } catch (StoreException refused) {
      LOG.debug("the presence cannot be renewed at present: {}", refused.getMessage());
    }
  }

  /// Is gone. Idempotent.
  @Override
  public synchronized void close() {
    if (present) {
      present = false;
      try {
        nodes.leave(holder);
      } catch (StoreException refused) {
        LOG.debug("the presence ends by itself: {}", refused.getMessage());
      }
    }
  }
}
