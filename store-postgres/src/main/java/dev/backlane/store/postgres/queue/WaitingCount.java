package dev.backlane.store.postgres.queue;

import dev.backlane.store.postgres.sql.Parameters;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// The number of waiting rows of a queue: counted periodically, and adjusted by the changes of this
/// node in between. Thread-safe.
public final class WaitingCount {
  /// The maximum that is counted; a higher number is reported as this one.
  private static final int COUNTED_MAX = 2_000_000;

  private static final Duration INTERVAL_MIN = Duration.ofSeconds(1);

  /// Counting uses at most one part in 50 of the time.
  private static final int INTERVAL_PER_COUNT_DURATION = 50;

  private final String statement;
  private final AtomicLong count = new AtomicLong();
  private volatile long nextNanos = System.nanoTime();

  public WaitingCount(String statement) {
    this.statement = statement;
  }

  long get() {
    return Math.max(0, count.get());
  }

  void add(long more) {
    count.addAndGet(more);
  }

  /// Counts the rows, unless they were counted recently.
  void refresh(Connection connection) throws SQLException {
    long started = System.nanoTime();
    if (started - nextNanos < 0) {
      return;
    }
    long before = count.get();
    try (var query = connection.prepareStatement(statement)) {
      new Parameters(query).count(COUNTED_MAX);
      try (var row = query.executeQuery()) {
        row.next();
        long counted = row.getLong(1);
        // Concurrent changes may or may not be counted; the next count corrects that.
        count.addAndGet(counted - before);
      }
    }
    long took = System.nanoTime() - started;
    nextNanos = started + Math.max(INTERVAL_MIN.toNanos(), took * INTERVAL_PER_COUNT_DURATION);
  }
}
