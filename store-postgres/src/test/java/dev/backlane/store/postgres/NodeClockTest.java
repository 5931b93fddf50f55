package dev.backlane.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.backlane.engine.background.Threads;
import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import dev.backlane.store.postgres.nodes.NodeClock;
import dev.backlane.store.postgres.nodes.NodeLeases;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.DatabaseClock;
import dev.backlane.store.postgres.sql.Parameters;
import dev.backlane.store.postgres.sql.Schema;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The time at which a node starts if the clock of the database is wrong.
final class NodeClockTest {
  private static final Instant NOW = Instant.parse("2026-11-24T10:15:30Z");
  private static final AtomicInteger DATABASES = new AtomicInteger();

  @SuppressWarnings("NullAway.Init") // Before all tests.
  private static PostgresServer server;

  private final DatabaseClock reference = new DatabaseClock();
  private final AtomicBoolean running = new AtomicBoolean(true);

  @SuppressWarnings("NullAway.Init") // Before each test.
  private Database database;

  @SuppressWarnings("NullAway.Init") // Before each test.
  private NodeClock clock;

  @BeforeAll
  static void startServer() {
    server = PostgresServer.start(PostgresVersion.NEWEST);
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void connect() {
    var name = "clock_" + DATABASES.incrementAndGet();
    server.createDatabase(name);
    database =
        Database.connect(
            PostgresStoreContract.settings(server, name).connections(), Threads.VIRTUAL);
    Schema.prepare(database);
    clock = new NodeClock(database);
  }

  @AfterEach
  void close() {
    running.set(false);
    database.close();
  }

  private void databaseShows(Instant time) {
    long nanos = System.nanoTime();
    reference.observed(Parameters.micros(time), nanos, nanos);
  }

  private void assertStartsAt(Instant time) {
    assertThat(clock.start(reference, Threads.VIRTUAL).instant())
        .isCloseTo(time, within(1, ChronoUnit.MINUTES));
  }

  private void register() {
    var _ = new NodeLeases(database, reference).renew("node", Duration.ofSeconds(10), List.of());
  }

  @Test
  void startsAtTheTimeOfTheDatabaseAfterAnOutage() {
    clock.publish(NOW.minus(Duration.ofDays(3)));
    register();
    databaseShows(NOW);
    assertStartsAt(NOW);
  }

  @Test
  void startsAtTheLatestTimeIfTheDatabaseIsBehind() {
    clock.publish(NOW);
    databaseShows(NOW.minus(Duration.ofHours(2)));
    assertStartsAt(NOW);
  }

  @Test
  void adoptsTheTimeOfARunningNode() throws Exception {
    clock.publish(NOW);
    register();
    var published = Threads.VIRTUAL.signal();
    Threads.VIRTUAL.start(
        "publisher",
        () -> {
          for (int tick = 1; running.get(); tick++) {
            clock.publish(NOW.plusMillis(tick));
            published.raise();
            Thread.onSpinWait();
          }
        });
    published.await(Duration.ofSeconds(10));
    databaseShows(NOW.plus(Duration.ofHours(30)));
    assertStartsAt(NOW);
  }
}
