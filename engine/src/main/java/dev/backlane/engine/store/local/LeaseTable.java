package dev.backlane.engine.store.local;

import dev.backlane.engine.operation.Lease;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// The holders of leases and when their leases expire, for stores that only one process has open.
/// The table is empty when a store opens, because earlier holders ended with their process.
/// Thread-safe.
public final class LeaseTable {
  private final Map<String, Instant> aliveUntil = new HashMap<>();

  /// Renews the leases of a holder.
  ///
  /// @return the holders whose leases have not expired
  public synchronized Set<String> renew(String holder, Duration lifetime, Instant now) {
    aliveUntil.put(holder, now.plus(lifetime));
    aliveUntil.values().removeIf(until -> !until.isAfter(now));
    return Set.copyOf(aliveUntil.keySet());
  }

  /// Ends the leases of a holder.
  public synchronized void leave(String holder) {
    aliveUntil.remove(holder);
  }

  /// Whether `holder` may settle operations under a lease: the lease is its own, had expired when
  /// any holder last renewed, or has been ended since.
  public synchronized boolean concerns(String holder, Lease lease) {
    return lease.holder().equals(holder) || !aliveUntil.containsKey(lease.holder());
  }
}
