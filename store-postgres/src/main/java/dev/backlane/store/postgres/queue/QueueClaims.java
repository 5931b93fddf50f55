package dev.backlane.store.postgres.queue;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.StoreException;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueKey;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Parameters;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Claims work from a queue: plans from what is known to be waiting, claims it with one statement,
/// and reads again what is waiting. Rows that another node is claiming are skipped, not waited for.
/// Thread-safe.
public final class QueueClaims {
  /// The most plans of one claim: a plan may name rows that other nodes have claimed.
  private static final int PLANS_MAX = 4;

  /// A row that was claimed.
  ///
  /// @param <T> what it holds
  /// @param dueMicros when it became due
  public record Claimed<T>(QueueKey key, long dueMicros, OperationId id, T value) {}

  /// Claims rows.
  ///
  /// @param <T> what a row holds
  @FunctionalInterface
  public interface Statement<T> {
    List<Claimed<T>> take(Connection connection, Map<QueueKey, Integer> plan)
        throws SQLException, CorruptRecordException;
  }

  /// Runs before each look at the queue.
  @FunctionalInterface
  public interface Maintenance {
    void at(Connection connection, long nowMicros) throws SQLException;
  }

  private final Database database;
  private final QueueHeads heads;
  private final WaitingCount count;
  private final Maintenance maintenance;
  private volatile Runnable announced = () -> {};

  public QueueClaims(
      Database database, QueueTable queue, WaitingCount count, Maintenance maintenance) {
    this.database = database;
    this.heads = new QueueHeads(queue);
    this.count = count;
    this.maintenance = maintenance;
  }

  /// Parameters of [QueueTable#picked()] but for the time.
  public static Parameters wanted(Parameters parameters, Map<QueueKey, Integer> plan)
      throws SQLException {
    var groups = List.copyOf(plan.entrySet());
    return parameters
        .texts(groups, entry -> entry.getKey().owner())
        .texts(groups, entry -> entry.getKey().lane())
        .numbers(groups, entry -> (long) entry.getValue());
  }

  /// @param announce called when work was added that other nodes may claim
  public void announcing(Runnable announce) {
    announced = announce;
  }

  /// Records that work was added and committed.
  public void waits(QueueKey key, long dueMicros) {
    heads.added(key, dueMicros);
    announced.run();
  }

  /// Records that more or fewer rows are waiting.
  public void counted(long more) {
    count.add(more);
  }

  public long waiting() {
    return count.get();
  }

  public Optional<Instant> nextDue(Permits permits) {
    return heads.nextDue(permits);
  }

  /// Reads what is waiting.
  ///
  /// @return whether anything is due
  public boolean look(long nowMicros) {
    database.use(connection -> {
      maintenance.at(connection, nowMicros);
      heads.look(connection);
      count.refresh(connection);
      return true;
    });
    return heads.anyDue(nowMicros);
  }

  /// Claims up to `max` rows that are due, the longest due first. A permit is acquired for each row
  /// that is returned, and for no other.
  public <T> List<T> claim(int max, Permits permits, long nowMicros, Statement<T> statement) {
    database.checkOpen();
    var claimed = new ArrayList<Claimed<T>>();
    boolean looked = false;
    for (int plans = 0; plans < PLANS_MAX && claimed.size() < max; plans++) {
      var plan = heads.plan(max - claimed.size(), permits, nowMicros);
      if (plan.isEmpty() && looked) {
        break;
      }
      try {
        if (!plan.isEmpty()) {
          claimed.addAll(take(plan, permits, statement));
        }
        looked = true;
        look(nowMicros);
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
