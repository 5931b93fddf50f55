package dev.backlane.engine.store.local;

import dev.backlane.engine.operation.Lease;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// Who holds leases, and until when, in the stores that one process has open: they begin with nobody, since whoever held some
/// has died with the process before. Thread-safe.
public final class LeaseTable {
  private final Map<String, Instant> aliveUntil = new HashMap<>();

  /// Keeps a holder alive from now on.
  ///
  /// @return the holders that are alive
  public synchronized Set<String> renew(String holder, Duration lifetime, Instant now) {
    aliveUntil.put(holder, now.plus(lifetime));
    aliveUntil.values().removeIf(until -> !until.isAfter(now));
    return Set.copyOf(aliveUntil.keySet());
  }

  /// Ends the leases of a holder.
  public synchronized void leave(String holder) {
    aliveUntil.remove(holder);
  }

  /// Tells whether `holder` is to look after what runs under a lease: its own, or one whose holder was not alive when any was
  /// renewed last or has left since.
  public synchronized boolean concerns(String holder, Lease lease) {
    return lease.holder().equals(holder) || !aliveUntil.containsKey(lease.holder());
  }
}
