package dev.backlane.store.postgres.queue;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueKey;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Parameters;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Claims work from a queue. A claim plans from the known heads of the queue, claims rows with one
/// statement, and then reads the heads again if they may be out of date. Rows that another node is
/// claiming are skipped without waiting. Thread-safe.
public final class QueueClaims {
  /// The maximum number of plans per claim: a plan may contain rows that other nodes have claimed.
  private static final int PLANS_MAX = 4;

  /// How old the known heads of the queue may become while each claim finds as many rows as it asks
  /// for, and more are waiting. Any other claim reads them again.
  private static final Duration HEADS_AGE_MAX = Duration.ofMillis(100);

  /// A row that was claimed.
  ///
  /// @param <T> the type of the value that is decoded from the row
  /// @param dueMicros the time at which it became due
  public record Claimed<T>(QueueKey key, long dueMicros, OperationId id, T value) {}

  /// Claims rows.
  ///
  /// @param <T> the type of the value that is decoded from a row
  @FunctionalInterface
  public interface Statement<T> {
    List<Claimed<T>> take(Connection connection, Map<QueueKey, Integer> plan)
        throws SQLException, CorruptRecordException;
  }

  /// Runs before each refresh of the queue.
  @FunctionalInterface
  public interface Maintenance {
    void at(Connection connection, long nowMicros) throws SQLException;
  }

  private final Database database;
  private final QueueHeads heads;
  private final WaitingCount count;
  private final Maintenance maintenance;
  private volatile Runnable announced = () -> {};
  private volatile long refreshedNanos = System.nanoTime() - HEADS_AGE_MAX.toNanos();

  public QueueClaims(
      Database database, QueueTable queue, WaitingCount count, Maintenance maintenance) {
    this.database = database;
    this.heads = new QueueHeads(queue);
    this.count = count;
    this.maintenance = maintenance;
  }

  /// Sets the parameters of [QueueTable#lockDueRows()], except the time.
  public static Parameters planParameters(Parameters parameters, Map<QueueKey, Integer> plan)
      throws SQLException {
    var groups = List.copyOf(plan.entrySet());
    return parameters
        .texts(groups, entry -> entry.getKey().owner())
        .texts(groups, entry -> entry.getKey().lane())
        .numbers(groups, entry -> (long) entry.getValue());
  }

  /// Sets the listener for added work.
  ///
  /// @param announce called when work was added that other nodes may claim
  public void onWorkAdded(Runnable announce) {
    announced = announce;
  }

  /// Records that work was added and committed.
  public void added(QueueKey key, long dueMicros) {
    heads.added(key, dueMicros);
    announced.run();
  }

  /// Adjusts the number of waiting rows.
  ///
  /// @param more negative if rows were removed
  public void adjustCount(long more) {
    count.add(more);
  }

  /// Adjusts the number of waiting rows, in all and of an owner.
  ///
  /// @param more negative if rows were removed
  public void adjustCount(String owner, long more) {
    count.add(owner, more);
  }

  public long waiting() {
    return count.get();
  }

  /// The number of waiting rows of an owner, if the owners of this queue are counted.
  public long waiting(String owner) {
    return count.get(owner);
  }

  public Optional<Instant> nextDue(Permits permits) {
    return heads.nextDue(permits);
  }

  public Set<QueueKey> dueKeys(int max, long nowMicros) {
    return heads.dueKeys(max, nowMicros);
  }

  /// Reads the heads of the queue and, periodically, the number of waiting rows.
  ///
  /// @return whether anything is due
  public boolean refresh(long nowMicros) {
    long startedNanos = System.nanoTime();
    database.use(connection -> {
      maintenance.at(connection, nowMicros);
      heads.refresh(connection);
      count.refresh(connection);
      return true;
    });
    refreshedNanos = startedNanos;
    return heads.anyDue(nowMicros);
  }

  /// Claims up to `max` due rows, in order of due time. Exactly one permit is acquired for each
  /// returned row.
  public <T> List<T> claim(int max, Permits permits, long nowMicros, Statement<T> statement) {
    database.checkOpen();
    var claimed = new ArrayList<Claimed<T>>();
    boolean refreshed = false;
    for (int plans = 0; plans < PLANS_MAX && claimed.size() < max; plans++) {
      var plan = heads.plan(max - claimed.size(), permits, nowMicros);
      if (plan.isEmpty() && refreshed) {
        break;
      }
      try {
        if (!plan.isEmpty()) {
          claimed.addAll(take(plan, permits, statement));
        }
        if (claimed.size() == max && moreAreWaiting(max)) {
          break;
        }
        refreshed = true;
        refresh(nowMicros);
      } catch (StoreException failed) {
        if (claimed.isEmpty()) {
          throw failed;
        }
        break;
      }
    }
    claimed.sort(
        Comparator.comparingLong((Claimed<T> row) -> row.dueMicros).thenComparing(Claimed::id));
    return claimed.stream().map(Claimed::value).toList();
  }

  /// Whether the known heads are recent, and probably still as they were read.
  private boolean moreAreWaiting(int claimed) {
    return count.get() > claimed && System.nanoTime() - refreshedNanos < HEADS_AGE_MAX.toNanos();
  }

  private <T> List<Claimed<T>> take(
      Map<QueueKey, Integer> plan, Permits permits, Statement<T> statement) {
    var unused = new HashMap<>(plan);
    try {
      var rows = database.use(connection -> statement.take(connection, plan));
      rows.forEach(row -> unused.merge(row.key, -1, Integer::sum));
      return rows;
    } finally {
      unused.forEach((key, permitCount) -> {
        for (int i = 0; i < permitCount; i++) {
          permits.release(key);
        }
      });
    }
  }
}
