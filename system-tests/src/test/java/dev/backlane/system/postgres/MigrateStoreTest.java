package dev.backlane.system.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import dev.backlane.protocol.Phase;
import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.GatewayProcess;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A gateway that moves from the embedded store to PostgreSQL.
@Timeout(120)
final class MigrateStoreTest {
  private static final String DATABASE = "moved";
  private static final String COOKIE = "session=wP3nK8vTz1Qx";
  private static final Duration MARKED_WITHIN = Duration.ofSeconds(30);
  private static final String BODY = "0123456789".repeat(30_000);

  private static PostgresServer postgres;

  @BeforeAll
  static void startServer() {
    postgres = PostgresServer.start(PostgresVersion.NEWEST);
    postgres.createDatabase(DATABASE);
  }

  @AfterAll
  static void stopServer() {
    postgres.close();
  }

  private static List<String> flags() {
    return Cluster.storeFlags(postgres.url(DATABASE), postgres.user(), postgres.password());
  }

  private static GatewayProcess.Ended run(List<String> command, List<String> flags) {
    var arguments = new ArrayList<>(command);
    arguments.addAll(flags);
    return GatewayProcess.run(arguments.toArray(String[]::new));
  }

  /// The migration command, with the settings of both stores.
  private static List<String> migration(TestGateway gateway) {
    var arguments = new ArrayList<>(List.of("migrate-store"));
    arguments.addAll(
        List.of(
            "--from=rocksdb:" + gateway.dataFolder(),
            "--to=postgres:" + postgres.url(DATABASE).substring("jdbc:".length())));
    flags().stream()
        .filter(flag -> !flag.startsWith("--store.kind") && !flag.startsWith("--store.url"))
        .forEach(arguments::add);
    return arguments;
  }

  /// Kills a migration while it waits for a table that the test has locked.
  private static void killRunningMigration(TestGateway gateway) throws Exception {
    try (var connection = postgres.connect(DATABASE);
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("LOCK TABLE partition_range IN SHARE MODE");
      try (var migration = GatewayProcess.start(migration(gateway))) {
        Deadline.within(MARKED_WITHIN, "the target is marked", () -> count("record") == 1);
        assertThat(migration.alive()).isTrue();
        migration.kill();
      }
      connection.rollback();
    }
  }

  private static long count(String table) throws SQLException {
    try (var connection = postgres.connect(DATABASE);
        var statement = connection.createStatement();
        var row = statement.executeQuery("SELECT count(*) FROM " + table)) {
      row.next();
      return row.getLong(1);
    }
  }

  private static void expireKilledNode() throws SQLException {
    try (var connection = postgres.connect(DATABASE);
        var statement = connection.createStatement()) {
      // Instead of waiting ten seconds for the entry to expire.
      statement.executeUpdate("DELETE FROM node");
    }
  }

  private static void useDatabase(TestGateway gateway) throws IOException {
    var config = Files.readString(gateway.configFile());
    var settings = new StringBuilder("store:\n");
    for (var flag : flags()) {
      int equals = flag.indexOf('=');
      settings
          .append("  ")
          .append(flag, "--store.".length(), equals)
          .append(": \"")
          .append(flag.substring(equals + 1))
          .append("\"\n");
    }
    Files.writeString(
        gateway.configFile(), config.replaceFirst("store:\n  path: .*\n", settings.toString()));
  }

  @Test
  void continuesAcceptedCallsInPostgres() throws Exception {
    try (var gateway = TestGateway.with("execution: { concurrency: 1 }\n").start()) {
      var token = gateway.http().token();
      var first = gateway.http().as(token);
      var ended = first.beginWith("POST", "/ended", BODY, "Idempotency-Key", "k-1");
      first.awaitEnd(ended);
      var held = new HeldResponse();
      gateway.api().on("/posted", held);
      var posted = first.begin("/posted");
      held.awaitRequest();
      var waiting =
          first.beginWith("POST", "/waiting", BODY, "Idempotency-Key", "k-2", "Cookie", COOKIE);
      gateway.crash();
      held.release();

      assertThat(run(List.of("store", "stats"), flags()).exitCode()).isZero();
      killRunningMigration(gateway);
      run(List.of("serve", "--upstream=http://127.0.0.1:1", "--auth.mode=none"), flags())
          .assertRefused("the store is incomplete");
      expireKilledNode();
      var moved = run(migration(gateway), List.of());
      assertThat(moved.exitCode()).as(moved.toString()).isZero();
      assertThat(String.join("\n", moved.out()))
          .contains("copied 3 operations, 2 idempotency keys", "read back and compared")
          .doesNotContain(postgres.password());

      useDatabase(gateway);
      gateway.restart();
      var then = gateway.http().as(token);
      assertThat(then.stateOf(ended).state().phase()).isEqualTo(Phase.FINISHED);
      assertThat(then.contentOf(ended).text()).isEqualTo(BODY);
      assertThat(then.awaitEnd(posted).errorMessage()).startsWith("Outcome unknown");
      assertThat(then.awaitEnd(waiting).statusCode()).isEqualTo(200);
      assertThat(then.contentOf(waiting).text()).isEqualTo(BODY);
      assertThat(gateway.api().received("/waiting"))
          .singleElement()
          .satisfies(call -> {
            assertThat(call.values("Cookie")).containsExactly(COOKIE);
            assertThat(call.values("Authorization")).containsExactly("Bearer " + token);
          });
      assertThat(then.beginWith("POST", "/ended", BODY, "Idempotency-Key", "k-1")).isEqualTo(ended);
      assertThat(
              then.beginWith("POST", "/waiting", BODY, "Idempotency-Key", "k-2", "Cookie", COOKIE))
          .isEqualTo(waiting);
      assertThat(gateway.api().received("/ended")).hasSize(1);
    }
  }
}
