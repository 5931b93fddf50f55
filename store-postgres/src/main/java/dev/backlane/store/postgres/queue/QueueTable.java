package dev.backlane.store.postgres.queue;

/// A hot table as a queue: rows wait in groups, which take turns. In each group the longest due comes first.
///
/// @param table its name
/// @param owner the column whose values take turns
/// @param lane the column that parts what an owner has waiting
/// @param free what holds for a row that nobody has taken; the table has an index over owner, lane, due_micros and id for it
public record QueueTable(String table, String owner, String lane, String free) {
  /// Operations: tenants take turns.
  public static final QueueTable OPERATIONS =
      new QueueTable("turn", "tenant", "route", "holder IS NULL");

  /// Deliveries: receivers take turns.
  public static final QueueTable DELIVERIES =
      new QueueTable("delivery_due", "receiver", "tenant", "held_micros IS NULL");

  /// The heads of groups by one step down the index for each, however many rows they have. Parameters: the group to begin at or
  /// behind (owner, lane), and how many groups at most.
  String heads(boolean behind) {
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
        .formatted(table, owner, lane, free, behind ? ">" : ">=");
  }

  /// Picks due rows that nobody else is taking: so many of each group. Parameters: owners, lanes and counts as arrays, and now.
  public String picked() {
    return """
    WITH picked AS MATERIALIZED (
      SELECT due.id FROM unnest(?::text[], ?::text[], ?::bigint[]) AS wanted (owner, lane, rows),
        LATERAL (SELECT q.id FROM %1$s q
          WHERE q.%2$s = wanted.owner AND q.%3$s = wanted.lane AND q.%4$s AND q.due_micros <= ?
          ORDER BY q.due_micros, q.id LIMIT wanted.rows FOR UPDATE SKIP LOCKED) due
    )\
    """
        .formatted(table, owner, lane, free);
  }

  /// How many rows wait, counted up to a bound.
  public String count(boolean onlyFree) {
    return "SELECT count(*) FROM (SELECT 1 FROM %s %s LIMIT ?) rows"
        .formatted(table, onlyFree ? "WHERE " + free : "");
  }
}
