package dev.backlane.store.postgres.queue;

/// A table that is used as a queue. Each row has a [QueueKey]: owners are served in rotation, and
/// the rows of one key in order of due time.
///
/// @param table the name of the table
/// @param owner the column of the key's owner
/// @param lane the column of the key's lane
/// @param free the condition of a row that is not claimed; the table has an index on owner, lane,
///     due_micros and id for it
public record QueueTable(String table, String owner, String lane, String free) {
  /// Operations, by tenant and route.
  public static final QueueTable OPERATIONS =
      new QueueTable("active_operation", "tenant", "route", "holder IS NULL");

  /// Deliveries, by receiver and tenant.
  public static final QueueTable DELIVERIES =
      new QueueTable("delivery_due", "receiver", "tenant", "in_flight_until IS NULL");

  /// The rows that [#lockDueRows()] has picked, to be compared with an id. PostgreSQL cannot
  /// estimate how many these are, and scans the whole queue if it joins them; it looks for each of
  /// an array's values in the index.
  public static final String ANY_PICKED = "ANY (ARRAY(SELECT id FROM picked))";

  /// Selects the first row of each key, by one index lookup per key regardless of the number of
  /// rows. Parameters: the key to start at or after (owner, lane), and the maximum number of keys.
  String heads(boolean exclusive) {
    return """
    WITH RECURSIVE head AS (
      (SELECT %2$s, %3$s, due_micros, 1 AS nth FROM %1$s
        WHERE %4$s AND (%2$s, %3$s) %5$s (?, ?) ORDER BY %2$s, %3$s, due_micros LIMIT 1)
      UNION ALL
      SELECT later.* FROM head, LATERAL (
        SELECT q.%2$s, q.%3$s, q.due_micros, head.nth + 1 FROM %1$s q
        WHERE q.%4$s AND (q.%2$s, q.%3$s) > (head.%2$s, head.%3$s)
        ORDER BY q.%2$s, q.%3$s, q.due_micros LIMIT 1) later
      WHERE head.nth < ?
    ) SELECT %2$s, %3$s, due_micros FROM head\
    """
        .formatted(table, owner, lane, free, exclusive ? ">" : ">=");
  }

  /// Selects and locks up to a number of due rows of each key, except those that another
  /// transaction is claiming. Parameters: owners, lanes and counts as arrays, and the current time.
  public String lockDueRows() {
    return lockDueRows("true");
  }

  /// As [#lockDueRows()], if a condition without parameters holds.
  public String lockDueRows(String condition) {
    return """
    WITH picked AS MATERIALIZED (
      SELECT due.id FROM unnest(?::text[], ?::text[], ?::bigint[]) AS wanted (owner, lane, rows),
        LATERAL (SELECT q.id FROM %1$s q
          WHERE q.%2$s = wanted.owner AND q.%3$s = wanted.lane AND q.%4$s AND q.due_micros <= ?
          ORDER BY q.due_micros, q.id LIMIT wanted.rows FOR UPDATE SKIP LOCKED) due
        WHERE %5$s
    )\
    """
        .formatted(table, owner, lane, free, condition);
  }

  /// Counts waiting rows, claimed or not, up to a limit: a statement of [WaitingCount].
  public String count() {
    return "SELECT NULL, count(*), count(*) FROM (SELECT 1 FROM %s LIMIT ?) rows LIMIT ?"
        .formatted(table);
  }

  /// Counts waiting rows that are not claimed, up to a limit, in all and of the owners that have
  /// most of them: a statement of [WaitingCount].
  public String countByOwner() {
    return """
    SELECT %2$s, count(*) AS rows, sum(count(*)) OVER ()
      FROM (SELECT %2$s FROM %1$s WHERE %3$s LIMIT ?) waiting
      GROUP BY %2$s ORDER BY rows DESC LIMIT ?\
    """
        .formatted(table, owner, free);
  }
}
