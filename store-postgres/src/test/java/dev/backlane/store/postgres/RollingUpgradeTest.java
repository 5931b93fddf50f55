package dev.backlane.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.Ownership;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.listing.Reader;
import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import dev.backlane.store.postgres.operations.OwnerDigests;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Schema;
import dev.backlane.store.testkit.Samples;
import dev.backlane.store.testkit.SettableClock;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Two versions use the same tables while nodes are replaced one after the other.
@Timeout(60)
final class RollingUpgradeTest {
  private static final String NEWER = "classpath:dev/backlane/store/postgres/newer";
  private static final String BREAKING = "classpath:dev/backlane/store/postgres/breaking";
  private static final int ROUNDS = 8;

  @SuppressWarnings("NullAway.Init") // Before all tests.
  private static PostgresServer server;

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-24T10:15:30Z"));

  @BeforeAll
  static void startServer() {
    server = PostgresServer.start(PostgresVersion.NEWEST);
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  private static PostgresSettings settings(String database) {
    return PostgresStoreContract.settings(server, database);
  }

  private PostgresStore open(String database) {
    return PostgresStore.open(settings(database), clock);
  }

  /// Migrates the tables like a node of a later version that starts.
  private static void migrate(String database, String... locations) {
    try (var later = Database.connect(settings(database).connections(), Threads.VIRTUAL)) {
      Schema.prepare(later, locations);
    }
  }

  @Test
  void nodesKeepWorkingWhileALaterVersionMigrates() throws Exception {
    server.createDatabase("rolling");
    try (var before = open("rolling");
        var working = new NodeWork(before, clock, "before")) {
      working.awaitRounds(ROUNDS);
      migrate("rolling", Schema.MIGRATIONS, NEWER);
      working.awaitRounds(ROUNDS);
      assertThat(first("rolling", "SELECT count(*) FROM pause")).isEqualTo("0");

      // A node of this version that restarts in the meantime.
      try (var restarted = open("rolling");
          var both = new NodeWork(restarted, clock, "restarted")) {
        working.awaitRounds(ROUNDS);
        both.awaitRounds(ROUNDS);
        // This version creates partitions of tables that have columns of the later version.
        var old = partitions("rolling");
        clock.advance(Duration.ofDays(2));
        working.awaitRounds(ROUNDS);
        both.awaitRounds(ROUNDS);
        assertThat(partitions("rolling")).containsAll(old).hasSizeGreaterThan(old.size() + 4);
        assertThat(first("rolling", "SELECT count(*) > 0 FROM outcome WHERE NOT checked"))
            .isEqualTo("t");
        var step = new RetentionStep(Duration.ofDays(1), Duration.ofDays(2), clock.instant());
        restarted.operations().prune(step);
        restarted.deliveries().prune(step);
        working.awaitRounds(ROUNDS);
        both.awaitRounds(ROUNDS);
        both.end();
        working.end();
        both.drain();
        assertThat(partitions("rolling")).doesNotContainAnyElementsOf(old);
        assertThat(both.accepted() + working.accepted())
            .isEqualTo(both.finished() + working.finished());
      }
    }
  }

  /// A node of the previous version stores no digest of the tenant, and a subject that is the
  /// client itself as a user.
  @Test
  void listsOperationsOfTheVersionBeforeOwnership() throws Exception {
    server.createDatabase("unowned");
    var samples = new Samples(clock, 7);
    var callers =
        List.of(
            new Caller("t1", "c1", "u1"),
            new Caller("t1", "c1", ""),
            new Caller("t1", "c1", "c1"),
            new Caller("t1", "", "u1"),
            new Caller("t2", "c1", "c1"));
    try (var store = open("unowned")) {
      var operations = new ArrayList<Operation>();
      for (var caller : callers) {
        var operation = samples.queued(caller);
        store.operations().accept(operation, Content.EMPTY, Optional.empty());
        operations.addFirst(operation);
      }
      execute("unowned", "UPDATE call SET tenant_digest = NULL");
      for (var operation : operations) {
        var subject = operation.caller().subject();
        if (!subject.isEmpty()) {
          var digests = OwnerDigests.of(new Caller(operation.caller().tenant(), "", subject));
          execute(
              "unowned",
              "UPDATE call SET subject_digest = '%s' WHERE id = '%s'"
                  .formatted(digests.subject(), operation.id()));
        }
      }
      for (var ownership : Ownership.values()) {
        for (var caller : callers) {
          var reader = new Reader(ownership, caller);
          // A user does not list what the client started under its own name as the subject.
          var readable =
              operations.stream()
                  .filter(each -> reader.mayRead(each.caller()))
                  .filter(each ->
                      ownership != Ownership.USER
                          || caller.user().isEmpty()
                          || each.caller().subject().isEmpty()
                          || each.caller().user().isPresent())
                  .toList();
          assertThat(store.operations().list(Samples.listing(reader, 100)).operations())
              .as("%s of %s", ownership, caller)
              .isEqualTo(readable);
        }
      }
    }
  }

  /// The migration creates indexes for future partitions only, so that it locks out no node.
  @Test
  void newPartitionsHaveTheIndexesOfAMigration() throws Exception {
    server.createDatabase("indexed");
    try (var store = open("indexed")) {
      store.operations().accept(new Samples(clock, 8).queued(), Content.EMPTY, Optional.empty());
      assertThat(
              first(
                  "indexed",
                  "SELECT count(*) FROM pg_index i JOIN pg_inherits p ON p.inhrelid = i.indrelid"
                      + " WHERE p.inhparent = 'call'::regclass AND i.indisvalid"
                      + " AND p.inhrelid = (SELECT tableoid FROM call LIMIT 1)"))
          .isEqualTo("6");
    }
  }

  @Test
  void refusesANodeThatIsTooOldForTheTables() {
    server.createDatabase("broken");
    migrate("broken", Schema.MIGRATIONS, NEWER, BREAKING);
    assertThatThrownBy(() -> open("broken"))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("later version");
  }

  @Test
  void createsTheTablesOnceIfNodesStartTogether() throws Exception {
    server.createDatabase("together");
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var starts = new ArrayList<Future<PostgresStore>>();
      for (int node = 0; node < 4; node++) {
        starts.add(threads.submit(() -> open("together")));
      }
      for (var start : starts) {
        start.get().close();
      }
    }
    assertThat(first("together", "SELECT count(*) FROM expiry")).isEqualTo("3");
  }

  /// All statements queue behind a migration that waits for a lock, so the migration stops waiting,
  /// retries, and finally fails.
  @Test
  void boundsTheWaitOfAMigrationForALockedTable() throws Exception {
    server.createDatabase("held");
    try (var before = open("held");
        var working = new NodeWork(before, clock, "before")) {
      try (var another = server.connect("held");
          var dump = another.createStatement()) {
        another.setAutoCommit(false);
        dump.executeQuery("SELECT count(*) FROM active_operation").close();
        long from = System.nanoTime();
        assertThatThrownBy(() -> migrate("held", Schema.MIGRATIONS, NEWER))
            .isInstanceOf(StoreException.class)
            .hasMessageContaining("another transaction")
            .hasMessageContaining("start again");
        assertThat(Duration.ofNanos(System.nanoTime() - from)).isLessThan(Duration.ofSeconds(20));
        another.rollback();
      }
      working.awaitRounds(ROUNDS);
      migrate("held", Schema.MIGRATIONS, NEWER);
      working.awaitRounds(ROUNDS);
    }
  }

  private static Set<String> partitions(String database) throws SQLException {
    try (var connection = server.connect(database);
        var ask = connection.createStatement();
        var row =
            ask.executeQuery(
                "SELECT inhrelid::regclass FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid"
                    + " WHERE relkind = 'r'")) {
      var names = new HashSet<String>();
      while (row.next()) {
        names.add(row.getString(1));
      }
      return names;
    }
  }

  private static void execute(String database, String sql) throws SQLException {
    try (var connection = server.connect(database);
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String first(String database, String sql) throws SQLException {
    try (var connection = server.connect(database);
        var ask = connection.createStatement();
        var row = ask.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }
}
