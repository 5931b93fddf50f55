package dev.backlane.gateway.upstream;

import dev.backlane.gateway.connect.IdleLifetimes;
import dev.backlane.gateway.connect.IdleTrials;
import java.time.Duration;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// The connections that are open and not in use. Thread-safe.
///
/// A call that may be repeated takes the connection that was used last, if it is open as far as can
/// be seen. A call that may not be repeated does so only where [IdleLifetimes] permits it;
/// otherwise a fresh connection replaces one of these, so that the upstream never has more
/// connections open than have been in use at the same time. [IdleTrials] may hold the replaced one
/// for a while, and may then exceed that number by a few.
final class IdleConnections {
  /// How long an idle connection is reused when the upstream does not say: just under the 5 s of
  /// Node.js, the shortest default of servers in wide use.
  private static final Duration IDLE_MAX = Duration.ofSeconds(4);

  /// A connection older than this is not reused, so that a change of the upstream's address takes
  /// effect.
  private static final Duration AGE_MAX = Duration.ofMinutes(5);

  private static final Duration CHECK_INTERVAL = Duration.ofMillis(500);

  /// With fewer connections in use at the same time, fresh ones cost little, and the upstream may
  /// be one that handles few connections.
  private static final int TRIAL_IN_USE_MIN = 8;

  /// Trials may exceed the connections that were in use at the same time by this number, and by one
  /// part in [#TRIAL_PART].
  private static final int TRIAL_EXCESS = 4;

  private static final int TRIAL_PART = 16;

  /// How long the operating system keeps the port of a connection that was closed normally.
  private static final Duration PORT_HELD = Duration.ofSeconds(60);

  /// The ports kept that way at most, a small part of the 28,000 that Linux has by default.
  private static final int PORTS_HELD_MAX = 1_000;

  private final IdleTrials.Timer timer;
  private final IdleLifetimes lifetimes = new IdleLifetimes();
  private final IdleTrials<Connection> trials;
  private final Deque<Connection> idle = new ConcurrentLinkedDeque<>();
  private final Semaphore normalCloses = new Semaphore(PORTS_HELD_MAX);
  private final AtomicBoolean checking = new AtomicBoolean();
  private final AtomicInteger inUseMax = new AtomicInteger();
  private volatile boolean closed;

  IdleConnections(IdleTrials.Timer timer) {
    this.timer = timer;
    this.trials = new IdleTrials<>(lifetimes, timer, System::nanoTime, this::end);
  }

  /// Takes a connection for one request; null: open a fresh one.
  ///
  /// @param tls the present context; a connection with another one is closed
  /// @param inUse connections in use, including the one that is taken or opened now
  @Nullable Connection take(boolean repeatable, Optional<SSLContext> tls, int inUse) {
    if (inUse > inUseMax.get()) {
      inUseMax.accumulateAndGet(inUse, Math::max);
    }
    if (trials.holding() > 0) {
      trials.release(-spare(inUse));
    }
    for (var connection = idle.poll(); connection != null; connection = idle.poll()) {
      var idleFor = connection.idleFor();
      if (!repeatable && !lifetimes.trust(idleFor)) {
        replace(connection, inUse);
        return null;
      }
      boolean fits = !connection.expired(AGE_MAX) && connection.usesContext(tls);
      boolean open = connection.take();
      observe(connection, open);
      if (fits && open) {
        return connection;
      }
      connection.close();
    }
    return null;
  }

  private void replace(Connection connection, int inUse) {
    if (spare(inUse) > 0 && connection.isOpen() && trials.offer(connection)) {
      return;
    }
    observe(connection, connection.take());
    end(connection);
  }

  /// Closes a connection that completed an exchange and is not used again.
  void discard(Connection connection) {
    end(connection);
  }

  /// Closes a connection that is not needed: normally if few are, since many servers log a reset as
  /// an error. Of many, each would keep a local port for a minute, until none is left.
  private void end(Connection connection) {
    if (normalCloses.tryAcquire()) {
      connection.close();
      timer.after(PORT_HELD, normalCloses::release);
    } else {
      connection.abort();
    }
  }

  /// How many more connections can be open for trials. Under saturation, those in use reach their
  /// maximum many times a second, and would end every trial.
  private int spare(int inUse) {
    int max = inUseMax.get();
    int excess = max < TRIAL_IN_USE_MIN ? 0 : TRIAL_EXCESS + max / TRIAL_PART;
    return max + excess - inUse - idle.size() - trials.holding();
  }

  /// A response has begun on a connection in use.
  ///
  /// @param sentNanos when its request was sent
  void responded(long sentNanos) {
    trials.responded(sentNanos);
  }

  /// Keeps a connection after an exchange that completed.
  ///
  /// @param upstreamKeeps how long the upstream keeps it open
  void put(Connection connection, Duration upstreamKeeps) {
    connection.idle(upstreamKeeps.compareTo(IDLE_MAX) < 0 ? upstreamKeeps : IDLE_MAX);
    idle.push(connection);
    if (closed) {
      closeAll();
    } else {
      checkLater();
    }
  }

  /// A connection was found closed when a request was sent on it.
  void foundClosed(Connection connection) {
    lifetimes.closed(connection.seenOpenFor());
  }

  // The length of an idle time is known only if connections are checked while they are idle.
  private void check() {
    try {
      for (var connection : List.copyOf(idle)) {
        boolean open = connection.isOpen();
        if ((!open || connection.expired(AGE_MAX)) && idle.remove(connection)) {
          observe(connection, open);
          connection.close();
        }
      }
    } finally {
      checking.set(false);
      if (!idle.isEmpty()) {
        checkLater();
      }
    }
  }

  private void checkLater() {
    if (!closed && checking.compareAndSet(false, true)) {
      timer.after(CHECK_INTERVAL, this::check);
    }
  }

  private void observe(Connection connection, boolean open) {
    if (open) {
      lifetimes.survived(connection.idleFor());
    } else {
      lifetimes.closed(connection.seenOpenFor());
    }
  }

  /// Closes them, and each that is put here later.
  void close() {
    closed = true;
    closeAll();
  }

  private void closeAll() {
    trials.close();
    for (var connection = idle.poll(); connection != null; connection = idle.poll()) {
      connection.close();
    }
  }
}
