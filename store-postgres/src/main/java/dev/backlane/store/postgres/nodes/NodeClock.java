package dev.backlane.store.postgres.nodes;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.time.SteadyClock;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.DatabaseClock;
import dev.backlane.store.postgres.sql.Parameters;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// The time that all nodes keep: that of the database, without its jumps. Each node publishes its
/// time with every renewal of its lease, so that a node that starts while the clock of the database
/// is wrong adopts the time of the others. Thread-safe.
public final class NodeClock {
  /// A difference between the database's clock and the latest published time above which it matters
  /// whether another node is running: the period of publishing and a margin.
  private static final Duration DIFFERENCE_MAX = SteadyClock.DIFFERENCE_MAX.plusSeconds(5);

  /// How long a starting node waits for another one to publish: twice the period of publishing.
  private static final Duration PUBLISHED_WITHIN = Duration.ofSeconds(4);

  private static final Duration POLL_INTERVAL = Duration.ofMillis(200);

  private final Database database;

  public NodeClock(Database database) {
    this.database = database;
  }

  /// The latest time that any node has published; [Instant#EPOCH] if none has.
  public Instant latest() {
    return database.read(connection -> {
      try (var query = connection.prepareStatement("SELECT latest_micros FROM node_clock");
          var row = query.executeQuery()) {
        row.next();
        return Parameters.instant(row.getLong(1));
      }
    });
  }

  /// Publishes the time of this node, unless a later one was published.
  public void publish(Instant now) {
    database.use(connection -> {
      try (var write =
          connection.prepareStatement(
              "UPDATE node_clock SET latest_micros = ? WHERE latest_micros < ?")) {
        long micros = Parameters.micros(now);
        new Parameters(write).number(micros).number(micros);
        return write.executeUpdate();
      }
    });
  }

  /// Starts the clock of this node at the time of the running nodes. If there are none, at the time
  /// of the database, but not before the latest published time.
  ///
  /// @param reference the clock of the database, which was read
  public InstantSource start(DatabaseClock reference, Threads threads) {
    var latest = latest();
    var now = reference.instant();
    boolean differs = Duration.between(latest, now).abs().compareTo(DIFFERENCE_MAX) > 0;
    if (differs && anyRegistered()) {
      var published = nextPublished(latest, threads);
      if (published.isAfter(latest)) {
        return new SteadyClock("database's clock", reference, threads, published);
      }
      now = reference.instant();
    }
    var start = now.isBefore(latest) ? latest : now;
    return new SteadyClock("database's clock", reference, threads, start);
  }

  /// Whether a node is registered, which may have died.
  private boolean anyRegistered() {
    return database.read(connection -> {
      try (var query = connection.prepareStatement("SELECT 1 FROM node LIMIT 1");
          var row = query.executeQuery()) {
        return row.next();
      }
    });
  }

  private Instant nextPublished(Instant latest, Threads threads) {
    var timer = threads.signal();
    long end = threads.nanoTime() + PUBLISHED_WITHIN.toNanos();
    var published = latest;
    try {
      while (!published.isAfter(latest) && threads.nanoTime() < end) {
        timer.await(POLL_INTERVAL);
        published = latest();
      }
      return published;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new StoreException("interrupted while the store was opened", interrupted);
    }
  }
}
