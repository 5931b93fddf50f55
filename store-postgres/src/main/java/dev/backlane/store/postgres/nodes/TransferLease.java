package dev.backlane.store.postgres.nodes;

import dev.backlane.engine.background.Backoff;
import dev.backlane.engine.background.Loop;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.store.failure.StoreException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The lease of a process that imports into the store. The process is registered as a node, so that
/// no node and no second import uses the store at the same time.
/// Thread-safe.
public final class TransferLease implements AutoCloseable {
  private static final Duration LIFETIME = Duration.ofSeconds(10);
  private static final Duration RENEWAL_PERIOD = Duration.ofSeconds(3);

  private static final Logger LOG = LoggerFactory.getLogger(TransferLease.class);

  private final NodeLeases nodes;
  private final Threads threads;
  private final String holder = "transfer-" + UUID.randomUUID();
  private Optional<Loop> renewal = Optional.empty();

  public TransferLease(NodeLeases nodes, Threads threads) {
    this.nodes = nodes;
    this.threads = threads;
  }

  /// Acquires the lease, and renews it until [#close].
  ///
  /// @return the other live nodes; if there are any, the lease was not acquired
  public synchronized Set<String> begin() {
    nodes.renew(holder, LIFETIME, List.of());
    var others = new HashSet<>(nodes.alive().keySet());
    others.remove(holder);
    if (!others.isEmpty()) {
      nodes.leave(holder);
    } else if (renewal.isEmpty()) {
      var loop = new Loop("Transfer lease", this::renew, Backoff.constant(RENEWAL_PERIOD), threads);
      renewal = Optional.of(loop);
      loop.startAfter(RENEWAL_PERIOD);
    }
    return others;
  }

  private synchronized Loop.Next renew() {
    if (renewal.isEmpty()) {
      return Loop.Next.done();
    }
    nodes.renew(holder, LIFETIME, List.of());
    return Loop.Next.after(RENEWAL_PERIOD);
  }

  /// Releases the lease. Idempotent.
  @Override
  public synchronized void close() {
    if (renewal.isPresent()) {
      renewal.get().close();
      renewal = Optional.empty();
      try {
        nodes.leave(holder);
      } catch (StoreException unavailable) {
        LOG.debug("the transfer lease was not released; it expires: {}", unavailable.getMessage());
      }
    }
  }
}
