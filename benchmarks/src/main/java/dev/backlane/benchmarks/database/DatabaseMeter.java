package dev.backlane.benchmarks.database;

import dev.backlane.postgres.testkit.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;

/// Reads the statistics of a database. Its own statements run as another user and are not counted.
/// Not thread-safe.
public final class DatabaseMeter implements AutoCloseable {
  private final PostgresServer server;
  private final Connection connection;

  public DatabaseMeter(PostgresServer server, String database) throws SQLException {
    this.server = server;
    this.connection = server.connectAsSuperuser(database);
    run("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
  }

  /// The totals so far.
  ///
  /// @param statements the statements of the gateways
  /// @param walBytes the WAL that the whole server wrote
  /// @param walSyncs the fsyncs of that WAL
  /// @param cpu the CPU time of all processes of the server
  public record Reading(long statements, long walBytes, long walSyncs, Duration cpu) {
    public static final Reading NOTHING = new Reading(0, 0, 0, Duration.ZERO);

    public Reading since(Reading before) {
      return new Reading(
          statements - before.statements,
          walBytes - before.walBytes,
          walSyncs - before.walSyncs,
          cpu.minus(before.cpu));
    }
  }

  public Reading read() throws SQLException {
    return new Reading(
        number(
            """
            SELECT coalesce(sum(calls), 0) FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid
              JOIN pg_database d ON d.oid = s.dbid
              WHERE rolname = '%s' AND datname = current_database()\
            """
                .formatted(server.user())),
        number("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"),
        number("SELECT coalesce(sum(fsyncs), 0) FROM pg_stat_io WHERE object = 'wal'"),
        server.cpu());
  }

  /// The times of the store's statements since [#resetStatements].
  public StatementTimes statements() throws SQLException {
    try (var query =
        connection.prepareStatement(
            """
            SELECT query, calls, total_exec_time + total_plan_time, shared_blks_hit + shared_blks_read
              FROM pg_stat_statements s
              JOIN pg_roles r ON r.oid = s.userid JOIN pg_database d ON d.oid = s.dbid
              WHERE rolname = ? AND datname = current_database()\
            """)) {
      query.setString(1, server.user());
      var rows = new ArrayList<StatementTimes.Row>();
      try (var row = query.executeQuery()) {
        while (row.next()) {
          var time = new StatementTimes.Time(row.getLong(2), row.getDouble(3), row.getLong(4));
          rows.add(new StatementTimes.Row(row.getString(1), time));
        }
      }
      return StatementTimes.of(rows);
    }
  }

  /// Resets the statistics of statements.
  public void resetStatements() throws SQLException {
    run("SELECT pg_stat_statements_reset()");
  }

  /// The first number of the first row.
  public long number(String sql) throws SQLException {
    try (var statement = connection.createStatement();
        var row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }

  public void run(String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /// The number of operations that have not ended.
  public long unfinished() throws SQLException {
    return number("SELECT count(*) FROM active_operation");
  }

  /// The size of all tables of the store with their indexes, in bytes.
  public long bytes() throws SQLException {
    return number(
        """
        SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c
          WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'\
        """);
  }

  /// The number of tables and indexes.
  public long relations() throws SQLException {
    return number(
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'i', 'I')");
  }

  /// The size of the hot tables with their indexes, in bytes.
  public long hotBytes() throws SQLException {
    return number(
        "SELECT pg_total_relation_size('active_operation') + pg_total_relation_size('delivery_due')");
  }

  /// The dead rows of the hot and the small tables, without the history.
  public long deadRows() throws SQLException {
    return number(
        """
        SELECT coalesce(sum(n_dead_tup), 0)::bigint FROM pg_stat_user_tables
          WHERE relname IN ('active_operation', 'delivery_due', 'partition_range', 'expiry', 'node_clock', 'node', 'probe')\
        """);
  }

  /// The sequential scans so far of history tables that are not small.
  public long historyScans() throws SQLException {
    // The result includes all scans of ended sessions; open ones report theirs within a second.
    return number(
        """
        SELECT coalesce(sum(seq_scan), 0)::bigint FROM pg_stat_user_tables
          WHERE relname ~ '^(call|outcome|chunk|delivery_ended|idempotency_key)_' AND n_live_tup > 10000\
        """);
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
