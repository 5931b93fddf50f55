package dev.backlane.store.postgres.nodes;

import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.DatabaseClock;
import dev.backlane.store.postgres.sql.Parameters;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/// The leases of nodes, which expire by the clock of the database. Thread-safe.
public final class NodeLeases {
  /// The time after which the row of an expired lease is deleted.
  private static final Duration EXPIRED_KEPT = Duration.ofDays(1);

  /// Selects the current time: the given time or, if null, that of the database.
  private static final String NOW =
      "SELECT coalesce(?, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) AS micros";

  /// The response timeout is at most the lifetime of a lease divided by this number, so that an
  /// expired lease is noticed in time.
  private static final int RESPONSES_PER_LEASE = 3;

  private static final Duration RESPONSE_MAX = Duration.ofSeconds(3);

  private final Database database;
  private final DatabaseClock clock;
  private final boolean callerTime;
  private volatile Duration responseMax = RESPONSE_MAX;

  /// @param callerTime whether the time of callers is used instead of the database clock, for tests
  public NodeLeases(Database database, DatabaseClock clock, boolean callerTime) {
    this.database = database;
    this.clock = clock;
    this.callerTime = callerTime;
  }

  /// Synchronizes with the clock of the database.
  public void readDatabaseClock() {
    database.use(connection -> {
      long sentNanos = System.nanoTime();
      try (var query = connection.prepareStatement(NOW)) {
        new Parameters(query).optional(Optional.empty());
        try (var row = query.executeQuery()) {
          row.next();
          clock.observed(row.getLong(1), sentNanos, System.nanoTime());
        }
      }
      return true;
    });
  }

  /// Renews the lease of a holder.
  ///
  /// @param now used only with the time of callers
  /// @return all holders whose leases have not expired
  public Set<String> renew(String holder, Duration lifetime, Instant now) {
    var share = lifetime.dividedBy(RESPONSES_PER_LEASE);
    responseMax = share.compareTo(RESPONSE_MAX) < 0 ? share : RESPONSE_MAX;
    return useWithTimeout(connection -> {
      Optional<Long> given = callerTime ? Optional.of(Parameters.micros(now)) : Optional.empty();
      return renewed(connection, holder, lifetime, given);
    });
  }

  /// Runs work on which leases depend, with a response timeout that is short compared with a lease,
  /// so that a caller notices in time that its lease has expired.
  public <T> T useWithTimeout(Database.Work<T> work) {
    return database.useWithTimeout(responseMax, work);
  }

  private Set<String> renewed(
      Connection connection, String holder, Duration lifetime, Optional<Long> given)
      throws SQLException {
    long sentNanos = System.nanoTime();
    try (var write =
        connection.prepareStatement(
            """
            WITH time AS (%s),
            renewed AS (
              INSERT INTO node AS n (holder, alive_until) SELECT ?, micros + ? FROM time
              ON CONFLICT (holder) DO UPDATE SET alive_until = excluded.alive_until
            ),
            expired AS (DELETE FROM node USING time WHERE alive_until < micros - ? AND holder <> ?)
            SELECT micros, holder FROM time LEFT JOIN node ON alive_until > micros\
            """
                .formatted(NOW))) {
      new Parameters(write)
          .optional(given)
          .text(holder)
          .number(TimeUnit.NANOSECONDS.toMicros(lifetime.toNanos()))
          .number(TimeUnit.NANOSECONDS.toMicros(EXPIRED_KEPT.toNanos()))
          .text(holder);
      var alive = new HashSet<String>();
      alive.add(holder);
      try (var row = write.executeQuery()) {
        while (row.next()) {
          if (given.isEmpty() && row.isFirst()) {
            clock.observed(row.getLong(1), sentNanos, System.nanoTime());
          }
          var other = row.getString(2);
          if (other != null) {
            alive.add(other);
          }
        }
      }
      return alive;
    }
  }

  /// The holders whose leases have not expired at a time, with the times at which they expire.
  public SortedMap<String, Instant> alive(Instant now) {
    return database.use(connection -> {
      try (var query =
          connection.prepareStatement(
              "SELECT holder, alive_until FROM node WHERE alive_until > ?")) {
        new Parameters(query).number(Parameters.micros(now));
        var alive = new TreeMap<String, Instant>();
        try (var row = query.executeQuery()) {
          while (row.next()) {
            alive.put(row.getString(1), Parameters.instant(row.getLong(2)));
          }
        }
        return alive;
      }
    });
  }

  /// Ends a holder's leases.
  public void leave(String holder) {
    database.use(connection -> {
      try (var write = connection.prepareStatement("DELETE FROM node WHERE holder = ?")) {
        new Parameters(write).text(holder);
        return write.executeUpdate();
      }
    });
  }
}
