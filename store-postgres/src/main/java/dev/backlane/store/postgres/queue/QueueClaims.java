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

/// Takes work from a queue: plans from what is known to wait, takes it by one statement, and looks again at what waits. What
/// others take at the same moment is skipped, never waited for. Thread-safe.
public final class QueueClaims {
  /// Plans of one claim at most: a plan may name what others have taken.
  private static final int PLANS_MAX = 4;

  /// A row that was taken.
  ///
  /// @param <T> what it holds
  /// @param dueMicros when it became due
  public record Claimed<T>(QueueKey group, long dueMicros, OperationId id, T value) {}

  /// Takes rows.
  ///
  /// @param <T> what a row holds
  @FunctionalInterface
  public interface Statement<T> {
    List<Claimed<T>> take(Connection connection, Map<QueueKey, Integer> plan)
        throws SQLException, CorruptRecordException;
  }

  /// Done before each look at what waits.
  @FunctionalInterface
  public interface Tidying {
    void at(Connection connection, long nowMicros) throws SQLException;
  }

  private final Database database;
  private final QueueHeads heads;
  private final WaitingCount count;
  private final Tidying tidying;
  private volatile Runnable announced = () -> {};

  public QueueClaims(Database database, QueueTable queue, WaitingCount count, Tidying tidying) {
    this.database = database;
    this.heads = new QueueHeads(queue);
    this.count = count;
    this.tidying = tidying;
  }

  /// Parameters of [QueueTable#picked()] but for the time.
  public static Parameters wanted(Parameters parameters, Map<QueueKey, Integer> plan)
      throws SQLException {
    var groups = List.copyOf(plan.entrySet());
    return parameters
        .texts(groups, group -> group.getKey().owner())
        .texts(groups, group -> group.getKey().lane())
        .numbers(groups, group -> (long) group.getValue());
  }

  /// @param tell called when something was put in that other nodes may want to take
  public void announcing(Runnable tell) {
    announced = tell;
  }

  /// Told that something waits, once it is committed.
  public void waits(QueueKey group, long dueMicros) {
    heads.added(group, dueMicros);
    announced.run();
  }

  /// Told that more wait, or fewer.
  public void counted(long more) {
    count.add(more);
  }

  public long waiting() {
    return count.get();
  }

  public Optional<Instant> nextDue(Permits permits) {
    return heads.nextDue(permits);
  }

  /// Looks at what waits.
  ///
  /// @return whether something is due
  public boolean look(long nowMicros) {
    database.use(connection -> {
      tidying.at(connection, nowMicros);
      heads.look(connection);
      count.refresh(connection);
      return true;
    });
    return heads.anyDue(nowMicros);
  }

  /// Takes up to `max` rows that are due, the longest due first; the permits holds a place for each.
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
      rows.forEach(row -> unused.merge(row.group, -1, Integer::sum));
      return rows;
    } finally {
      unused.forEach((group, places) -> {
        for (int i = 0; i < places; i++) {
          permits.release(group);
        }
      });
    }
  }
}
