package dev.backlane.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.store.content.Content;
import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import dev.backlane.store.testkit.DeliverySamples;
import dev.backlane.store.testkit.Samples;
import dev.backlane.store.testkit.UnlimitedPermits;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The cost of the work on one row does not depend on how many wait.
@Timeout(120)
final class LongQueueTest {
  private static final String DATABASE = "long_queue";

  /// Of each of [#CLAIMED] rows: several hundred blocks of each queue.
  private static final int COPIES = 10_000;

  private static final int CLAIMED = 3;

  /// A few levels of each index of a queue, and the rows.
  private static final int BLOCKS_MAX = 100;

  private final Samples samples = new Samples(InstantSource.system(), 1);
  private final DeliverySamples deliverySamples = new DeliverySamples(InstantSource.system(), 2);

  @ParameterizedTest
  @EnumSource
  void readsFewBlocksForARow(PostgresVersion version) throws Exception {
    try (var server = PostgresServer.start(version)) {
      server.createDatabase(DATABASE);
      try (var store = PostgresStore.open(PostgresStoreContract.settings(server, DATABASE))) {
        fill(store, server);
        run(server, "VACUUM ANALYZE");
        run(server, "CREATE EXTENSION pg_stat_statements");
        run(server, "SELECT pg_stat_statements_reset()");
        work(store);
        var blocks = blocks(server);
        assertThat(blocks)
            .hasSizeGreaterThan(5)
            .allSatisfy((statement, read) -> assertThat(read).as(statement).isLessThan(BLOCKS_MAX));
      }
    }
  }

  /// The first rows of each queue are real, the others are their copies, due a second later.
  private void fill(PostgresStore store, PostgresServer server) throws SQLException {
    for (int each = 0; each < CLAIMED; each++) {
      store.operations().accept(samples.queued(), Content.EMPTY, Optional.empty());
      store.deliveries().add(deliverySamples.due(new Delivery.Address("http://127.0.0.1/ended")));
    }
    copy(server, "active_operation", "tenant, route, version, progress");
    copy(server, "delivery_due", "receiver, tenant, version, record");
  }

  private static void copy(PostgresServer server, String table, String columns)
      throws SQLException {
    run(
        server,
        """
        INSERT INTO %1$s (id, due_micros, %2$s)
          SELECT gen_random_uuid(), due_micros + 1000000 + n, %2$s
            FROM %1$s, generate_series(1, %3$d) AS copy (n)\
        """
            .formatted(table, columns, COPIES));
  }

  private void work(PostgresStore store) {
    var operations = store.operations();
    operations.renew("node", Duration.ofSeconds(30), List.of());
    var lease = new Lease("node", 1);
    var allDue = Instant.now().plusSeconds(10);
    var ended = one(operations.claim(1, new UnlimitedPermits(), lease, allDue));
    operations.replace(ended, samples.finished(ended, 0), Content.EMPTY, Optional.empty());
    Operation postponed = one(operations.claim(1, new UnlimitedPermits(), lease, allDue));
    var later = Samples.retrying(postponed, Instant.now());
    operations.replace(postponed, later, Content.EMPTY, Optional.empty());
    one(operations.claim(1, new UnlimitedPermits(), lease, allDue));
    assertThat(operations.held("node")).hasSize(1);
    var hold = Duration.ofSeconds(10);
    var delivery = one(store.deliveries().claim(1, new UnlimitedPermits(), hold, allDue));
    assertThat(store.deliveries().replace(delivery, deliverySamples.delivered(delivery))).isTrue();
  }

  private static <T> T one(List<T> claimed) {
    assertThat(claimed).hasSize(1);
    return claimed.getFirst();
  }

  private static void run(PostgresServer server, String sql) throws SQLException {
    try (var connection = server.connectAsSuperuser(DATABASE);
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /// The mean number of blocks that each statement on the queues has read, except the counts, which
  /// are made at most every few seconds.
  private static Map<String, Long> blocks(PostgresServer server) throws SQLException {
    try (var connection = server.connectAsSuperuser(DATABASE);
        var statement = connection.createStatement();
        var row =
            statement.executeQuery(
                """
                SELECT query, (shared_blks_hit + shared_blks_read) / calls FROM pg_stat_statements
                  WHERE query ~ 'active_operation|delivery_due' AND query !~ 'count'\
                """)) {
      var blocks = new TreeMap<String, Long>();
      while (row.next()) {
        blocks.put(row.getString(1), row.getLong(2));
      }
      return blocks;
    }
  }
}
