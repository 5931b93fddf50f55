package dev.backlane.engine.store.local;

import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.store.Heartbeat;
import dev.backlane.engine.store.Renewal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The holders of leases and their last renewals, for stores that only one process has open. The
/// table is empty when a store opens, because earlier holders ended with their process.
/// Thread-safe.
public final class LeaseTable {
  private record Row(long beat, Duration lifetime, List<Heartbeat> silences) {}

  private final Map<String, Row> rows = new HashMap<>();
  private long beats;

  /// Renews the lease of a holder, or begins it.
  ///
  /// @param silences what the holder has seen of others
  public synchronized Renewal renew(String holder, Duration lifetime, List<Heartbeat> silences) {
    boolean continued = rows.put(holder, new Row(++beats, lifetime, silences)) != null;
    var others = new ArrayList<Heartbeat>();
    rows.forEach((other, row) -> {
      if (!other.equals(holder)) {
        others.add(new Heartbeat(other, row.beat, row.lifetime, silence(other, row.beat)));
      }
    });
    return new Renewal(continued, others);
  }

  private Duration silence(String holder, long beat) {
    return rows.values().stream()
        .flatMap(row -> row.silences.stream())
        .filter(seen -> seen.holder().equals(holder) && seen.beat() == beat)
        .map(Heartbeat::silence)
        .max(Duration::compareTo)
        .orElse(Duration.ZERO);
  }

  /// Ends the lease of a holder if it was not renewed after `last`.
  ///
  /// @return whether it was ended
  public synchronized boolean expire(Heartbeat last) {
    var row = rows.get(last.holder());
    if (row == null || row.beat != last.beat()) {
      return false;
    }
    rows.remove(last.holder());
    return true;
  }

  /// Ends the lease of a holder.
  public synchronized void leave(String holder) {
    rows.remove(holder);
  }

  /// Whether `holder` may settle operations under a lease: the lease is its own, or its holder has
  /// no lease.
  public synchronized boolean concerns(String holder, Lease lease) {
    return lease.holder().equals(holder) || !rows.containsKey(lease.holder());
  }
}
