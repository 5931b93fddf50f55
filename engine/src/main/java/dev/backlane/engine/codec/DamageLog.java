package dev.backlane.engine.codec;

import dev.backlane.engine.operation.OperationId;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reports stored records that cannot be read, each once, and counts them. Thread-safe.
public final class DamageLog {
  private static final Logger LOG = LoggerFactory.getLogger(DamageLog.class);

  /// How many records are reported one by one and counted, 1,000. `store check` lists all.
  private static final int REPORTED_MAX = 1_000;

  private final Set<OperationId> reported = ConcurrentHashMap.newKeySet();

  /// Reports a record, unless it was reported before.
  ///
  /// @param id of the operation or delivery
  public void report(OperationId id, Exception damaged) {
    if (reported.size() < REPORTED_MAX && reported.add(id)) {
      LOG.error(
          "The record of {} is damaged and is set aside; run 'backlane store check': {}",
          id,
          damaged.getMessage());
    }
  }

  /// How many records were reported.
  public long records() {
    return reported.size();
  }
}
