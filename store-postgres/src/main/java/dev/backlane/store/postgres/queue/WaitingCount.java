package dev.backlane.store.postgres.queue;

import dev.backlane.store.postgres.sql.Parameters;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// The number of waiting rows of a queue, in all and of each owner: counted periodically, and
/// adjusted by the changes of this node in between. Thread-safe.
public final class WaitingCount {
  /// The maximum that is counted; a higher number is reported as this one.
  private static final int COUNTED_MAX = 2_000_000;

  /// The owners with the most rows; of the others, only changes of this node since the last count
  /// are known.
  private static final int OWNERS_MAX = 1_000;

  private static final Duration INTERVAL_MIN = Duration.ofSeconds(1);

  /// Counting uses at most one part in 50 of the time.
  private static final int INTERVAL_PER_COUNT_DURATION = 50;

  private final String statement;
  private final AtomicLong count = new AtomicLong();
  private volatile Map<String, Long> owners = new ConcurrentHashMap<>();
  private final AtomicBoolean counting = new AtomicBoolean();
  private volatile long nextNanos = System.nanoTime();

  /// @param statement its parameters are the maximum numbers of rows that are counted and of owners
  ///     that are returned; each of its rows is an owner or null, the owner's number, and the total
  public WaitingCount(String statement) {
    this.statement = statement;
  }

  long get() {
    return Math.max(0, count.get());
  }

  long get(String owner) {
    return Math.max(0, owners.getOrDefault(owner, 0L));
  }

  void add(long more) {
    count.addAndGet(more);
  }

  void add(String owner, long more) {
    count.addAndGet(more);
    add(owners, owner, more);
  }

  private static void add(Map<String, Long> to, String owner, long more) {
    to.compute(
        owner,
        (_, known) -> {
          long sum = (known == null ? 0 : known) + more;
          return sum == 0 ? null : sum;
        });
  }

  /// Counts the rows, unless they were counted recently.
  void refresh(Connection connection) throws SQLException {
    long started = System.nanoTime();
    if (started - nextNanos < 0 || !counting.compareAndSet(false, true)) {
      return;
    }
    try {
      count(connection);
    } finally {
      counting.set(false);
    }
    long took = System.nanoTime() - started;
    nextNanos = started + Math.max(INTERVAL_MIN.toNanos(), took * INTERVAL_PER_COUNT_DURATION);
  }

  // Changes during the query may or may not be counted; the next count corrects that.
  private void count(Connection connection) throws SQLException {
    long before = count.get();
    var adjusted = owners;
    var adjustedBefore = new HashMap<>(adjusted);
    var counted = new ConcurrentHashMap<String, Long>();
    long total = 0;
    try (var query = connection.prepareStatement(statement)) {
      new Parameters(query).count(COUNTED_MAX).count(OWNERS_MAX);
      try (var row = query.executeQuery()) {
        while (row.next()) {
          var owner = row.getString(1);
          if (owner != null) {
            counted.put(owner, row.getLong(2));
          }
          total = row.getLong(3);
        }
      }
    }
    count.addAndGet(total - before);
    adjusted.forEach(
        (owner, now) -> add(counted, owner, now - adjustedBefore.getOrDefault(owner, 0L)));
    owners = counted;
  }
}
