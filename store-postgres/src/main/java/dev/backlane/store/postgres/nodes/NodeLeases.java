package dev.backlane.store.postgres.nodes;

import dev.backlane.engine.store.Heartbeat;
import dev.backlane.engine.store.Renewal;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.DatabaseClock;
import dev.backlane.store.postgres.sql.Parameters;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/// The leases of nodes: a row for each, with a number that changes with each renewal, and with what
/// the node has seen of others. Thread-safe.
public final class NodeLeases {
  /// Selects the current time of the database.
  private static final String NOW =
      "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS micros";

  /// The response timeout is at most the lifetime of a lease divided by this number, so that an
  /// expired lease is noticed in time.
  private static final int RESPONSES_PER_LEASE = 3;

  private static final Duration RESPONSE_MAX = Duration.ofSeconds(3);

  private final Database database;
  private final DatabaseClock clock;
  private volatile Duration responseMax = RESPONSE_MAX;

  public NodeLeases(Database database, DatabaseClock clock) {
    this.database = database;
    this.clock = clock;
  }

  /// Synchronizes with the clock of the database.
  public void readDatabaseClock() {
    database.use(connection -> {
      long sentNanos = System.nanoTime();
      try (var query = connection.prepareStatement(NOW)) {
        try (var row = query.executeQuery()) {
          row.next();
          clock.observed(row.getLong(1), sentNanos, System.nanoTime());
        }
      }
      return true;
    });
  }

  /// Renews the lease of a holder, or begins it.
  ///
  /// @param silences what the holder has seen of others
  public Renewal renew(String holder, Duration lifetime, List<Heartbeat> silences) {
    var share = lifetime.dividedBy(RESPONSES_PER_LEASE);
    responseMax = share.compareTo(RESPONSE_MAX) < 0 ? share : RESPONSE_MAX;
    return useWithTimeout(connection -> renewed(connection, holder, lifetime, silences));
  }

  /// Runs work on which leases depend, with a response timeout that is short compared with a lease,
  /// so that a caller notices in time that its lease has expired.
  public <T> T useWithTimeout(Database.Work<T> work) {
    return database.useWithTimeout(responseMax, work);
  }

  private Renewal renewed(
      Connection connection, String holder, Duration lifetime, List<Heartbeat> silences)
      throws SQLException {
    long sentNanos = System.nanoTime();
    try (var write =
        connection.prepareStatement(
            """
            WITH time AS (%s),
            own AS (SELECT ?::text AS holder, ?::bigint AS lifetime_micros, ?::text[] AS seen_holders,
                ?::bigint[] AS seen_beats, ?::bigint[] AS seen_micros),
            continued AS (
              UPDATE node n SET beat = n.beat + 1, lifetime_micros = own.lifetime_micros, renewed_micros = micros,
                  seen_holders = own.seen_holders, seen_beats = own.seen_beats, seen_micros = own.seen_micros
                FROM own, time WHERE n.holder = own.holder RETURNING n.holder
            ),
            begun AS (
              INSERT INTO node (holder, beat, lifetime_micros, renewed_micros, seen_holders, seen_beats, seen_micros)
                SELECT own.holder, micros, own.lifetime_micros, micros, own.seen_holders, own.seen_beats, own.seen_micros
                FROM own, time WHERE NOT EXISTS (SELECT 1 FROM continued) ON CONFLICT (holder) DO NOTHING
            )
            SELECT micros, EXISTS (SELECT 1 FROM continued), holder, beat, lifetime_micros,
                (SELECT max(seen.micros) FROM node by, unnest(by.seen_holders, by.seen_beats, by.seen_micros)
                  AS seen (holder, beat, micros) WHERE seen.holder = node.holder AND seen.beat = node.beat)
              FROM time LEFT JOIN node ON node.holder <> (SELECT own.holder FROM own)\
            """
                .formatted(NOW))) {
      new Parameters(write)
          .text(holder)
          .number(micros(lifetime))
          .texts(silences, Heartbeat::holder)
          .numbers(silences, Heartbeat::beat)
          .numbers(silences, silence -> micros(silence.silence()));
      var others = new ArrayList<Heartbeat>();
      boolean continued = false;
      try (var row = write.executeQuery()) {
        while (row.next()) {
          if (row.isFirst()) {
            clock.observed(row.getLong(1), sentNanos, System.nanoTime());
            continued = row.getBoolean(2);
          }
          var other = row.getString(3);
          if (other != null) {
            others.add(
                new Heartbeat(
                    other, row.getLong(4), duration(row.getLong(5)), duration(row.getLong(6))));
          }
        }
      }
      return new Renewal(continued, others);
    }
  }

  private static long micros(Duration duration) {
    return TimeUnit.NANOSECONDS.toMicros(duration.toNanos());
  }

  private static Duration duration(long micros) {
    return Duration.of(micros, ChronoUnit.MICROS);
  }

  /// The holders that have renewed their leases within the lifetimes of these, by the clock of the
  /// database, with the times at which they expire. For reports, and to refuse a copy while nodes
  /// run: nodes themselves compare no clocks.
  public SortedMap<String, Instant> alive() {
    return database.use(connection -> {
      try (var query =
              connection.prepareStatement(
                  "SELECT holder, renewed_micros + lifetime_micros FROM node, (%s) time WHERE renewed_micros + lifetime_micros > micros"
                      .formatted(NOW));
          var row = query.executeQuery()) {
        var alive = new TreeMap<String, Instant>();
        while (row.next()) {
          alive.put(row.getString(1), Parameters.instant(row.getLong(2)));
        }
        return alive;
      }
    });
  }

  /// Ends a holder's lease if it was not renewed after `last`.
  ///
  /// @return whether it was ended
  public boolean expire(Heartbeat last) {
    return useWithTimeout(connection -> {
      try (var write =
          connection.prepareStatement("DELETE FROM node WHERE holder = ? AND beat = ?")) {
        new Parameters(write).text(last.holder()).number(last.beat());
        return write.executeUpdate() == 1;
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
