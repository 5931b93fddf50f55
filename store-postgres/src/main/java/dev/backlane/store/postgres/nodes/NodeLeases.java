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

/// Who is alive, told by the database's clock. Thread-safe.
public final class NodeLeases {
  /// How long the row of a holder stays that fell silent: it says nothing any more.
  private static final Duration SILENCE_MAX = Duration.ofDays(1);

  /// The time that counts: the database's own unless another is given.
  private static final String NOW =
      "SELECT coalesce(?, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) AS micros";

  /// Waiting for longer than this share of a lease could let it run out unseen.
  private static final int ANSWERS_PER_LEASE = 3;

  private static final Duration ANSWER_MAX = Duration.ofSeconds(3);

  private final Database database;
  private final DatabaseClock clock;
  private final boolean ownTime;
  private volatile Duration answerMax = ANSWER_MAX;

  /// @param ownTime whether the callers' time counts, for tests
  public NodeLeases(Database database, DatabaseClock clock, boolean ownTime) {
    this.database = database;
    this.clock = clock;
    this.ownTime = ownTime;
  }

  /// Learns what the database's clock says.
  public void askTime() {
    database.use(connection -> {
      long asked = System.nanoTime();
      try (var ask = connection.prepareStatement(NOW)) {
        new Parameters(ask).optional(Optional.empty());
        try (var row = ask.executeQuery()) {
          row.next();
          clock.told(row.getLong(1), asked, System.nanoTime());
        }
      }
      return true;
    });
  }

  public Set<String> renew(String holder, Duration lifetime, Instant now) {
    var share = lifetime.dividedBy(ANSWERS_PER_LEASE);
    answerMax = share.compareTo(ANSWER_MAX) < 0 ? share : ANSWER_MAX;
    return within(connection -> {
      Optional<Long> given = ownTime ? Optional.of(Parameters.micros(now)) : Optional.empty();
      return renewed(connection, holder, lifetime, given);
    });
  }

  /// Does work on which leases depend: whoever waits for a database that stands still must see in time that his lease is over.
  public <T> T within(Database.Work<T> work) {
    return database.within(answerMax, work);
  }

  private Set<String> renewed(
      Connection connection, String holder, Duration lifetime, Optional<Long> given)
      throws SQLException {
    long asked = System.nanoTime();
    try (var write =
        connection.prepareStatement(
            """
            WITH time AS (%s),
            renewed AS (
              INSERT INTO node AS n (holder, alive_micros) SELECT ?, micros + ? FROM time
              ON CONFLICT (holder) DO UPDATE SET alive_micros = excluded.alive_micros
            ),
            silent AS (DELETE FROM node USING time WHERE alive_micros < micros - ? AND holder <> ?)
            SELECT micros, holder FROM time LEFT JOIN node ON alive_micros > micros\
            """
                .formatted(NOW))) {
      new Parameters(write)
          .optional(given)
          .text(holder)
          .number(TimeUnit.NANOSECONDS.toMicros(lifetime.toNanos()))
          .number(TimeUnit.NANOSECONDS.toMicros(SILENCE_MAX.toNanos()))
          .text(holder);
      var alive = new HashSet<String>();
      alive.add(holder);
      try (var row = write.executeQuery()) {
        while (row.next()) {
          if (given.isEmpty() && row.isFirst()) {
            clock.told(row.getLong(1), asked, System.nanoTime());
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

  /// Who is alive at a time, and until when.
  public SortedMap<String, Instant> alive(Instant now) {
    return database.use(connection -> {
      try (var ask =
          connection.prepareStatement(
              "SELECT holder, alive_micros FROM node WHERE alive_micros > ?")) {
        new Parameters(ask).number(Parameters.micros(now));
        var alive = new TreeMap<String, Instant>();
        try (var row = ask.executeQuery()) {
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
