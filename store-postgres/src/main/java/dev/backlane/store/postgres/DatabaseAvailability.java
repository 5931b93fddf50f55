package dev.backlane.store.postgres;

import dev.backlane.engine.store.Admission;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether the database can be worked with. After a failure that speaks of the database and not of a statement, everybody is
/// refused at once, and one thread alone asks until it answers: no request waits for a time-out, and a database that comes
/// back is not met by all at the same moment. Thread-safe.
final class DatabaseAvailability implements Admission, AutoCloseable {
  /// Pauses between two questions, each with up to as much again by chance: nodes shall not ask in step.
  private static final Duration PAUSE_MIN = Duration.ofMillis(50);

  private static final Duration PAUSE_MAX = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(DatabaseAvailability.class);

  /// Asks the database; throws if it cannot be worked with still.
  @FunctionalInterface
  interface Question {
    void ask(Outage last) throws SQLException;
  }

  private final Question question;
  private final AtomicBoolean asking = new AtomicBoolean();
  private volatile Optional<Outage> away = Optional.empty();
  private volatile boolean closed;

  /// @param question a write
  DatabaseAvailability(Question question) {
    this.question = question;
  }

  @Override
  public Optional<String> refusal() {
    return away.map(Outage::why);
  }

  @Override
  public String reason() {
    return away.map(Outage::kind).orElse(Outage.Kind.AWAY).reason();
  }

  /// Why nothing can be read at present; empty where it can.
  Optional<String> refusalOfReads() {
    return away.filter(outage -> !outage.readable()).map(Outage::why);
  }

  /// Told that the database failed.
  void lost(Outage outage) {
    if (closed) {
      return;
    }
    if (away.isEmpty()) {
      LOG.warn("the database cannot be worked with: {}", outage.why());
    }
    away = Optional.of(outage);
    if (asking.compareAndSet(false, true)) {
      Thread.ofVirtual().name("database-reach").start(this::askUntilAnswered);
    }
  }

  private void askUntilAnswered() {
    try {
      for (var pause = PAUSE_MIN; !closed && away.isPresent(); pause = longer(pause)) {
        if (answered(away.get())) {
          away = Optional.empty();
          LOG.info("the database can be worked with again");
        } else {
          LockSupport.parkNanos(
              pause.toNanos() + ThreadLocalRandom.current().nextLong(pause.toNanos() + 1));
        }
      }
    } finally {
      asking.set(false);
    }
    // A failure that was told while the last answer came in.
    if (away.isPresent() && !closed && asking.compareAndSet(false, true)) {
      Thread.ofVirtual().name("database-reach").start(this::askUntilAnswered);
    }
  }

  private boolean answered(Outage last) {
    try {
      question.ask(last);
      return true;
    } catch (SQLException still) {
      LOG.debug("the database cannot be worked with still: {}", still.getMessage());
      // It may be another trouble by now.
      DatabaseFault.ofDatabase(still).ifPresent(outage -> away = Optional.of(outage));
      return false;
    }
  }

  private static Duration longer(Duration pause) {
    var doubled = pause.multipliedBy(2);
    return doubled.compareTo(PAUSE_MAX) < 0 ? doubled : PAUSE_MAX;
  }

  @Override
  public void close() {
    closed = true;
  }
}
