package dev.backlane.store.postgres;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Nodes tell each other by `NOTIFY` that something waits: a hint that makes the others look sooner, on which nothing relies.
/// It is rung by a statement of its own, a few times a second at most, since PostgreSQL lets transactions that notify commit
/// one after the other. Thread-safe.
final class WorkNotifier implements AutoCloseable {
  /// How long one ring stands for all that follow.
  private static final Duration PAUSE = Duration.ofMillis(20);

  private static final Duration LISTEN_ROUND = Duration.ofSeconds(5);
  private static final Duration RECONNECT_PAUSE = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(WorkNotifier.class);

  private final Database database;
  private final boolean wanted;
  private final AtomicBoolean ringing = new AtomicBoolean();
  private volatile Runnable heard = () -> {};
  private volatile boolean listening;
  private volatile boolean closed;
  private volatile String channel = "";

  /// @param wanted whether it may be used
  WorkNotifier(Database database, boolean wanted) {
    this.database = database;
    this.wanted = wanted;
  }

  /// @param run called in a thread of the bell when another node has rung
  void onRing(Runnable run) {
    heard = run;
  }

  /// Whether rings are heard at present.
  boolean listening() {
    return listening;
  }

  /// Begins to listen.
  void start() {
    if (wanted) {
      channel = database.use(WorkNotifier::channel);
      Thread.ofVirtual().name("store-bell").start(this::listen);
    }
  }

  /// Tables of other schemas of the same database have their own.
  private static String channel(Connection connection) throws SQLException {
    try (var ask = connection.prepareStatement("SELECT current_schema()");
        var row = ask.executeQuery()) {
      row.next();
      var crc = new CRC32();
      crc.update(String.valueOf(row.getString(1)).getBytes(StandardCharsets.UTF_8));
      return "backlane_" + HexFormat.of().toHexDigits((int) crc.getValue());
    }
  }

  /// Tells the other nodes that something waits.
  void ring() {
    if (wanted && !closed && ringing.compareAndSet(false, true)) {
      Thread.ofVirtual().name("store-ring").start(this::ringOnce);
    }
  }

  private void ringOnce() {
    LockSupport.parkNanos(PAUSE.toNanos());
    // What comes from here on needs another ring.
    ringing.set(false);
    try {
      database.use(connection -> {
        try (var ring = connection.prepareStatement("SELECT pg_notify(?, ?)")) {
          new Parameters(ring).text(channel).text(database.store().toString());
          ring.executeQuery().close();
          return true;
        }
      });
    } catch (RuntimeException unheard) {
      LOG.debug("other nodes were not told of work: {}", unheard.getMessage());
    }
  }

  private void listen() {
    while (!closed) {
      try (var session = database.session()) {
        listen(session);
      } catch (SQLException lost) {
        LOG.debug("other nodes are not heard at present: {}", lost.getMessage());
      } finally {
        listening = false;
      }
      if (!closed) {
        LockSupport.parkNanos(RECONNECT_PAUSE.toNanos());
      }
    }
  }

  private void listen(Connection session) throws SQLException {
    try (var listen = session.createStatement()) {
      listen.execute("LISTEN " + channel);
    }
    var notifications = session.unwrap(PGConnection.class);
    listening = true;
    var own = database.store().toString();
    while (!closed) {
      var heardNow = notifications.getNotifications((int) LISTEN_ROUND.toMillis());
      boolean others = false;
      for (var each : heardNow) {
        others |= !own.equals(each.getParameter());
      }
      if (others) {
        heard.run();
      } else if (heardNow.length == 0 && !session.isValid((int) LISTEN_ROUND.toSeconds())) {
        return;
      }
    }
  }

  @Override
  public void close() {
    closed = true;
  }
}
