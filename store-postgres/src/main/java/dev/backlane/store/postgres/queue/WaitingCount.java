package dev.backlane.store.postgres.queue;

import dev.backlane.store.postgres.sql.Parameters;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// How many rows of a queue wait: counted now and then, and carried on by what this node does. Thread-safe.
public final class WaitingCount {
  /// Counting stops here: beyond it the number says "very many".
  private static final int COUNTED_MAX = 2_000_000;

  private static final Duration PAUSE_MIN = Duration.ofSeconds(1);

  /// Counting takes at most this share of the time.
  private static final int PAUSES_PER_COUNT = 50;

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

  /// Counts unless that was done a moment ago.
  void refresh(Connection connection) throws SQLException {
    long begun = System.nanoTime();
    if (begun - nextNanos < 0) {
      return;
    }
    long before = count.get();
    try (var ask = connection.prepareStatement(statement)) {
      new Parameters(ask).count(COUNTED_MAX);
      try (var row = ask.executeQuery()) {
        row.next();
        long counted = row.getLong(1);
        // What this node did meanwhile may be counted or not; the next count puts it right.
        count.addAndGet(counted - before);
      }
    }
    long took = System.nanoTime() - begun;
    nextNanos = begun + Math.max(PAUSE_MIN.toNanos(), took * PAUSES_PER_COUNT);
  }
}
