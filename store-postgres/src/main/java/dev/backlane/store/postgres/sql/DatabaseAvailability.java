package dev.backlane.store.postgres.sql;

import dev.backlane.engine.background.Backoff;
import dev.backlane.engine.background.Loop;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.store.Admission;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tracks whether the database is available.
///
/// After a fault that concerns the whole database and not only one statement, all callers are
/// refused immediately, and a single thread probes the database until it responds. No request waits
/// for a timeout, and a database that recovers does not receive the load of all callers at the same
/// moment. Thread-safe.
public final class DatabaseAvailability implements Admission, AutoCloseable {
  /// The waits between probes. Each is extended by a random time of up to its own length, so that
  /// nodes do not probe simultaneously.
  private static final Backoff PROBE_WAITS =
      new Backoff(Duration.ofMillis(50), Duration.ofSeconds(1));

  private static final Logger LOG = LoggerFactory.getLogger(DatabaseAvailability.class);

  /// Probes the database.
  @FunctionalInterface
  interface Probe {
    /// @throws SQLException if the database is still unavailable
    void run(Outage last) throws SQLException;
  }

  private final Probe probe;
  private final Loop probing;
  private final AtomicBoolean started = new AtomicBoolean();
  private final AtomicReference<@Nullable Outage> outage = new AtomicReference<>();
  private volatile boolean closed;

  // Used by the probing thread only.
  private int failedProbes;

  /// @param probe performs a write
  DatabaseAvailability(Probe probe, Threads threads) {
    this.probe = probe;
    this.probing = new Loop("Database probe", this::probe, PROBE_WAITS, threads);
  }

  private Optional<Outage> outage() {
    return Optional.ofNullable(outage.get());
  }

  @Override
  public Optional<String> refusal() {
    return outage().map(Outage::why);
  }

  @Override
  public String reason() {
    return outage().map(Outage::kind).orElse(Outage.Kind.UNAVAILABLE).reason();
  }

  /// Why reads are currently refused; empty if they are not.
  Optional<String> refusalOfReads() {
    return outage().filter(present -> !present.readable()).map(Outage::why);
  }

  /// Records that the database failed, and starts to probe it.
  void reportOutage(Outage fault) {
    if (closed) {
      return;
    }
    if (outage.getAndSet(fault) != null) {
      return;
    }
    LOG.warn("the database is unavailable: {}", fault.why());
    if (started.compareAndSet(false, true)) {
      probing.start();
    } else {
      probing.wake();
    }
  }

  private Loop.Next probe() {
    var last = outage.get();
    if (last == null) {
      failedProbes = 0;
      return Loop.Next.after(Loop.WAIT_MAX);
    }
    try {
      probe.run(last);
    } catch (SQLException unavailable) {
      LOG.debug("the database is still unavailable: {}", unavailable.getMessage());
      // The cause may have changed.
      DatabaseFault.outage(unavailable).ifPresent(outage::set);
      failedProbes++;
      return Loop.Next.after(withJitter(PROBE_WAITS.after(failedProbes)));
    }
    // If another fault was reported during the probe, the next probe decides.
    if (outage.compareAndSet(last, null)) {
      LOG.info("the database is available again");
    }
    return Loop.Next.again();
  }

  private static Duration withJitter(Duration wait) {
    return wait.plusNanos(ThreadLocalRandom.current().nextLong(wait.toNanos() + 1));
  }

  @Override
  public void close() {
    closed = true;
    probing.close();
  }
}
