package dev.backlane.store.postgres.nodes;

import dev.backlane.engine.background.Backoff;
import dev.backlane.engine.background.Loop;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Parameters;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.CRC32;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Notifies other nodes by `NOTIFY` that work is waiting, and receives their notifications.
///
/// A notification is only a hint to poll sooner; it may be lost. It is sent in a separate
/// statement, at most once per [#COLLECTION_TIME], because PostgreSQL serializes the commits of
/// transactions that notify. Thread-safe.
public final class WorkNotifier implements AutoCloseable {
  /// The time for which work is collected before one notification is sent for it.
  private static final Duration COLLECTION_TIME = Duration.ofMillis(20);

  private static final Duration LISTEN_TIMEOUT = Duration.ofSeconds(5);
  private static final Backoff RECONNECT = Backoff.constant(Duration.ofSeconds(1));

  private static final Logger LOG = LoggerFactory.getLogger(WorkNotifier.class);

  private final Database database;
  private final boolean enabled;
  private final Loop sending;
  private final Loop receiving;
  private final AtomicBoolean started = new AtomicBoolean();
  private final AtomicBoolean announced = new AtomicBoolean();
  private volatile Runnable wake = () -> {};
  private volatile boolean listening;
  private volatile boolean closed;
  private volatile String channel = "";

  // Used by the sending thread only.
  private boolean collecting;

  /// @param enabled whether `LISTEN` and `NOTIFY` may be used
  public WorkNotifier(Database database, boolean enabled, Threads threads) {
    this.database = database;
    this.enabled = enabled;
    this.sending = new Loop("Work notification", this::send, RECONNECT, threads);
    this.receiving = new Loop("Work notification listener", this::receive, RECONNECT, threads);
  }

  /// Whether notifications are currently received.
  boolean listening() {
    return listening;
  }

  /// Starts sending and receiving notifications. Called once.
  ///
  /// @param wake called on a thread of the notifier when another node has sent a notification
  void listen(Runnable wake) {
    this.wake = wake;
    if (enabled) {
      channel = database.use(WorkNotifier::channel);
      receiving.start();
    }
  }

  /// The channel of the schema: schemas of one database have separate channels.
  private static String channel(Connection connection) throws SQLException {
    try (var query = connection.prepareStatement("SELECT current_schema()");
        var row = query.executeQuery()) {
      row.next();
      var crc = new CRC32();
      crc.update(String.valueOf(row.getString(1)).getBytes(StandardCharsets.UTF_8));
      return "backlane_" + HexFormat.of().toHexDigits((int) crc.getValue());
    }
  }

  /// Schedules a notification to the other nodes that work is waiting. Does not block or throw.
  public void announce() {
    if (enabled && !closed && announced.compareAndSet(false, true)) {
      if (started.compareAndSet(false, true)) {
        sending.start();
      } else {
        sending.wake();
      }
    }
  }

  private Loop.Next send() {
    if (!announced.get()) {
      return Loop.Next.after(Loop.WAIT_MAX);
    }
    if (!collecting) {
      collecting = true;
      return Loop.Next.after(COLLECTION_TIME);
    }
    collecting = false;
    // Reset before sending: work that is announced from here on needs another notification.
    announced.set(false);
    try {
      database.use(connection -> {
        try (var query = connection.prepareStatement("SELECT pg_notify(?, ?)")) {
          new Parameters(query).text(channel).text(database.store().toString());
          query.executeQuery().close();
          return true;
        }
      });
    } catch (StoreException unavailable) {
      // The other nodes find the work by polling.
      LOG.debug("other nodes were not notified of work: {}", unavailable.getMessage());
    }
    return Loop.Next.after(Loop.IDLE_PAUSE_MIN);
  }

  private Loop.Next receive() {
    try (var session = database.session()) {
      receive(session);
    } catch (SQLException lost) {
      LOG.debug("notifications of other nodes are not received: {}", lost.getMessage());
    } finally {
      listening = false;
    }
    return Loop.Next.after(RECONNECT.min());
  }

  private void receive(Connection session) throws SQLException {
    try (var listen = session.createStatement()) {
      listen.execute("LISTEN " + channel);
    }
    var notifications = session.unwrap(PGConnection.class);
    listening = true;
    var own = database.store().toString();
    while (!closed) {
      var received = notifications.getNotifications((int) LISTEN_TIMEOUT.toMillis());
      boolean fromOthers = false;
      for (var each : received) {
        fromOthers |= !own.equals(each.getParameter());
      }
      if (fromOthers) {
        wake.run();
      } else if (received.length == 0 && !session.isValid((int) LISTEN_TIMEOUT.toSeconds())) {
        return;
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    sending.close();
    receiving.close();
  }
}
