package dev.backlane.store.postgres.queue;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.queue.QueueKey;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Parameters;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// Finds the rows that made a claim fail. PostgreSQL fails a statement as a whole if one of its
/// values is damaged, so the claim reads one row after the other, and is repeated without those
/// that cannot be read. Stateless.
public final class UnreadableRows {
  private UnreadableRows() {}

  /// A claim.
  ///
  /// @param <T> the type of the value that is decoded from a row
  @FunctionalInterface
  public interface Claim<T> {
    List<QueueClaims.Claimed<T>> run() throws SQLException;
  }

  /// Takes rows out of the queue.
  @FunctionalInterface
  public interface SetAside {
    void rows(List<OperationId> unreadable, SQLException damage) throws SQLException;
  }

  /// The rows that a claim selects.
  ///
  /// @param column holds what the claim reads of a row
  /// @param condition of the claim, as for [QueueTable#lockDueRows(String)]
  public record Due(
      QueueTable queue,
      String column,
      String condition,
      Map<QueueKey, Integer> plan,
      long nowMicros) {}

  /// Runs a claim; again without the rows that cannot be read, if there are some.
  ///
  /// @throws SQLException if it fails for another reason
  public static <T> List<QueueClaims.Claimed<T>> setAside(
      Connection connection, Due due, Claim<T> claim, SetAside aside) throws SQLException {
    try {
      return claim.run();
    } catch (SQLException failed) {
      if (!Database.isDamage(failed)) {
        throw failed;
      }
      var unreadable = among(connection, due);
      if (unreadable.isEmpty()) {
        throw failed;
      }
      aside.rows(unreadable, failed);
      return claim.run();
    }
  }

  private static List<OperationId> among(Connection connection, Due due) throws SQLException {
    var unreadable = new ArrayList<OperationId>();
    for (var id : ids(connection, due)) {
      if (!readable(connection, due, id)) {
        unreadable.add(id);
      }
    }
    return unreadable;
  }

  private static List<OperationId> ids(Connection connection, Due due) throws SQLException {
    try (var query =
        connection.prepareStatement(
            due.queue.lockDueRows(due.condition) + " SELECT id FROM picked")) {
      QueueClaims.planParameters(new Parameters(query), due.plan).number(due.nowMicros);
      var ids = new ArrayList<OperationId>();
      try (var row = query.executeQuery()) {
        while (row.next()) {
          ids.add(Parameters.id(row.getObject(1, UUID.class)));
        }
      }
      return ids;
    }
  }

  private static boolean readable(Connection connection, Due due, OperationId id)
      throws SQLException {
    try (var query =
        connection.prepareStatement(
            "SELECT %s FROM %s WHERE id = ?".formatted(due.column, due.queue.table()))) {
      new Parameters(query).id(id);
      try (var row = query.executeQuery()) {
        row.next();
        return true;
      }
    } catch (SQLException failed) {
      if (!Database.isDamage(failed)) {
        throw failed;
      }
      return false;
    }
  }
}
