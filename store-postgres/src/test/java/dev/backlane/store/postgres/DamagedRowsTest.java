package dev.backlane.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.Request;
import dev.backlane.engine.operation.SealedCredentials;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.LeasedOperation;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.listing.DeliveryListing;
import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import dev.backlane.store.testkit.DeliverySamples;
import dev.backlane.store.testkit.Samples;
import dev.backlane.store.testkit.UnlimitedPermits;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A row whose bytes are damaged, or of which PostgreSQL has lost a part, affects no other row: it
/// is omitted from lists, claims and takeovers, and reported when it is read by itself.
final class DamagedRowsTest {
  private static final String DATABASE = "damaged";

  /// Random bytes that do not fit into a row, so that PostgreSQL stores them apart.
  private static final int LARGE_BYTES = 6_000;

  private static final int VACUUMS_MAX = 1_000;

  private static PostgresServer server;

  private final Samples samples = new Samples(InstantSource.system(), 1);
  private final DeliverySamples deliverySamples = new DeliverySamples(InstantSource.system(), 2);
  private PostgresStore opened;
  private OperationStore store;
  private DeliveryStore deliveries;

  /// How a value is damaged.
  enum Damage {
    /// It has other bytes.
    ALTERED,
    /// The part that is stored apart is missing: PostgreSQL fails each statement that reads it.
    LOST
  }

  @BeforeAll
  static void startServer() {
    server = PostgresServer.start(PostgresVersion.NEWEST);
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void open() {
    server.createDatabase(DATABASE);
    opened = PostgresStore.open(PostgresStoreContract.settings(server, DATABASE));
    store = opened.operations();
    deliveries = opened.deliveries();
    store.renew("node", Duration.ofSeconds(10), List.of());
  }

  @AfterEach
  void close() {
    opened.close();
    server.dropDatabase(DATABASE);
  }

  private static String largeText(long seed) {
    return HexFormat.of().formatHex(Samples.bytes(LARGE_BYTES, seed));
  }

  private Operation accepted(Operation like) {
    var header = new Header("X-Large", largeText(like.id().low()));
    var request = like.request();
    var operation =
        new Operation(
            like.id(),
            like.caller(),
            new Request(request.method(), request.target(), List.of(header), 0),
            like.base(),
            like.notification(),
            like.route(),
            like.reference(),
            new SealedCredentials(Samples.bytes(LARGE_BYTES, like.id().low())),
            like.state(),
            like.version());
    store.accept(operation, Content.EMPTY, Optional.empty());
    return operation;
  }

  private static void damage(Damage damage, String table, String column, OperationId id)
      throws SQLException {
    try (var connection = server.connectAsSuperuser(DATABASE)) {
      switch (damage) {
        case ALTERED -> alter(connection, table, column, id);
        case LOST -> lose(connection, table, id);
      }
    }
  }

  private static void alter(Connection connection, String table, String column, OperationId id)
      throws SQLException {
    try (var write =
        connection.prepareStatement(
            "UPDATE " + table + " SET " + column + " = '\\x7f' WHERE id = ?::uuid")) {
      write.setString(1, id.toString());
      assertThat(write.executeUpdate()).isEqualTo(1);
    }
  }

  /// Deletes all values that are stored apart so far; those of later rows are intact.
  private static void lose(Connection connection, String table, OperationId id)
      throws SQLException {
    connection.setAutoCommit(false);
    try (var statement = connection.createStatement()) {
      // Such a table can be changed only while it is declared as an ordinary one.
      statement.execute("SET allow_system_table_mods = on");
      String apart;
      try (var row =
          statement.executeQuery(
              "SELECT reltoastrelid::regclass FROM pg_class WHERE oid = (SELECT tableoid FROM %s WHERE id = '%s')"
                  .formatted(table, id))) {
        assertThat(row.next()).isTrue();
        apart = row.getString(1);
      }
      var declare = "UPDATE pg_class SET relkind = '%s' WHERE oid = '" + apart + "'::regclass";
      statement.execute(declare.formatted("r"));
      assertThat(statement.executeUpdate("DELETE FROM " + apart)).isPositive();
      statement.execute(declare.formatted("t"));
      connection.commit();
      connection.setAutoCommit(true);
      // Deleted parts can be read until they are removed, which waits for the snapshots of others.
      for (int tries = 0; tries < VACUUMS_MAX && !isEmpty(statement, apart); tries++) {
        statement.execute("VACUUM (INDEX_CLEANUP ON, TRUNCATE ON) " + apart);
      }
      assertThat(isEmpty(statement, apart)).isTrue();
    }
  }

  private static boolean isEmpty(Statement statement, String table) throws SQLException {
    try (var row = statement.executeQuery("SELECT pg_relation_size('%s')".formatted(table))) {
      return row.next() && row.getLong(1) == 0;
    }
  }

  private List<OperationId> listed() {
    return store.list(Samples.listing(Samples.CALLER, 10)).operations().stream()
        .map(Operation::id)
        .toList();
  }

  private static List<OperationId> ids(List<Operation> operations) {
    return operations.stream().map(Operation::id).toList();
  }

  private void readsOnly(OperationId damaged, List<OperationId> others) {
    assertThat(listed()).containsExactlyElementsOf(others.reversed());
    var all = new ArrayList<>(others);
    all.add(damaged);
    assertThat(store.findAll(all).keySet()).containsExactlyInAnyOrderElementsOf(others);
    assertThatThrownBy(() -> store.find(damaged)).isInstanceOf(StoreException.Damaged.class);
    assertThat(opened.damagedRecords()).isEqualTo(1);
    assertThat(opened.admission().refusal()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void listsTheNeighborsOfADamagedCall(Damage damage) throws Exception {
    var damaged = accepted(samples.queued()).id();
    damage(damage, "call", "record", damaged);
    readsOnly(damaged, List.of(accepted(samples.queued()).id(), accepted(samples.queued()).id()));
  }

  @ParameterizedTest
  @EnumSource
  void listsTheNeighborsOfADamagedOutcome(Damage damage) throws Exception {
    var running = accepted(samples.started(new Lease("node", 1)));
    var failed = (State.Failed) samples.failed(running).state();
    var reason = largeText(3);
    var end =
        running.to(
            new State.Failed(
                failed.attempt(), failed.startedAt(), failed.endedAt(), failed.code(), reason));
    store.replace(running, end, Content.EMPTY, Optional.empty());
    damage(damage, "outcome", "progress", running.id());
    readsOnly(running.id(), List.of(accepted(samples.queued()).id()));
  }

  @ParameterizedTest
  @EnumSource
  void claimsTheNeighborsOfADamagedCall(Damage damage) throws Exception {
    var damaged = accepted(samples.queued());
    damage(damage, "call", "record", damaged.id());
    claimsOthersAndEnds(damaged.id());
  }

  @ParameterizedTest
  @EnumSource
  void claimsTheNeighborsOfDamagedProgress(Damage damage) throws Exception {
    var damaged = accepted(samples.queued());
    damage(damage, "active_operation", "progress", damaged.id());
    claimsOthersAndEnds(damaged.id());
  }

  private Operation acceptedWithBody(long seed) {
    var operation = samples.queued();
    var body = new Content.Inline(Samples.bytes(LARGE_BYTES, seed));
    store.accept(operation, body, Optional.empty());
    return operation;
  }

  @ParameterizedTest
  @EnumSource
  void claimsAnOperationWhoseBodyAloneIsDamaged(Damage damage) throws Exception {
    var damaged = acceptedWithBody(1);
    damage(damage, "call", "body", damaged.id());
    var other = acceptedWithBody(2);
    var claimed = store.claim(10, new UnlimitedPermits(), new Lease("node", 1), Instant.now());
    assertThat(ids(claimed)).containsExactly(damaged.id(), other.id());
    assertThatThrownBy(() -> store.content(damaged, Part.REQUEST).orElseThrow().open(0))
        .isInstanceOf(StoreException.Damaged.class);
    try (var body = store.content(other, Part.REQUEST).orElseThrow().open(0)) {
      assertThat(body.readAllBytes()).isEqualTo(Samples.bytes(LARGE_BYTES, 2));
    }
  }

  private void claimsOthersAndEnds(OperationId damaged) {
    var others = List.of(accepted(samples.queued()), accepted(samples.queued()));
    var permits = new UnlimitedPermits();
    var claimed = store.claim(10, permits, new Lease("node", 1), Instant.now());
    assertThat(ids(claimed)).containsExactlyElementsOf(ids(others));
    assertThat(store.claim(10, permits, new Lease("node", 2), Instant.now())).isEmpty();
    var left =
        store.held("node").stream()
            .filter(held -> held.lease().equals(LeasedOperation.NO_HOLDER))
            .toList();
    assertThat(left).extracting(LeasedOperation::id).containsExactly(damaged);
    assertThat(store.findAll(List.of(damaged, others.getFirst().id())).keySet())
        .containsExactly(others.getFirst().id());
    var end = (State.Failed) samples.failed(claimed.getFirst()).state();
    assertThat(store.setAside(damaged, left.getFirst().version(), end)).isTrue();
    assertThat(store.held("node")).hasSize(2);
    assertThat(opened.damagedRecords()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void takesOverTheNeighborsOfDamagedProgress(Damage damage) throws Exception {
    var damaged = accepted(samples.started(new Lease("dead", 1)));
    damage(damage, "active_operation", "progress", damaged.id());
    var other = accepted(samples.started(new Lease("dead", 2)));
    var held = store.held("node");
    assertThat(held).hasSize(2);
    assertThat(store.findAll(held.stream().map(LeasedOperation::id).toList()).keySet())
        .containsExactly(other.id());
    var end = (State.Failed) samples.failed(other).state();
    assertThat(store.setAside(damaged.id(), damaged.version(), end)).isTrue();
    assertThat(store.find(damaged.id()).orElseThrow().state()).isEqualTo(end);
  }

  private Delivery added(long seed) {
    var address = new Delivery.Address("http://receiver/" + largeText(seed));
    var delivery = deliverySamples.due(address);
    deliveries.add(delivery);
    return delivery;
  }

  @ParameterizedTest
  @EnumSource
  void attemptsTheNeighborsOfADamagedDelivery(Damage damage) throws Exception {
    var damaged = added(1).id();
    damage(damage, "delivery_due", "record", damaged);
    var others = List.of(added(2), added(3));
    assertThat(listedDeliveries()).containsExactly(others.getLast().id(), others.getFirst().id());
    var hold = Duration.ofSeconds(10);
    assertThat(deliveries.claim(10, new UnlimitedPermits(), hold, Instant.now()))
        .extracting(Delivery::id)
        .containsExactlyInAnyOrderElementsOf(others.stream().map(Delivery::id).toList());
    assertThat(deliveries.claim(10, new UnlimitedPermits(), hold, Instant.now())).isEmpty();
    assertThatThrownBy(() -> deliveries.find(damaged)).isInstanceOf(StoreException.Damaged.class);
    assertThat(opened.damagedRecords()).isEqualTo(1);
  }

  @Test
  void listsTheNeighborsOfAnEndedDeliveryThatIsDamaged() throws Exception {
    var ended = added(1);
    assertThat(deliveries.replace(ended, deliverySamples.delivered(ended))).isTrue();
    damage(Damage.LOST, "delivery_ended", "record", ended.id());
    var other = added(2).id();
    assertThat(listedDeliveries()).containsExactly(other);
  }

  private List<OperationId> listedDeliveries() {
    var all =
        new DeliveryListing(
            Optional.empty(),
            OperationId.lowest(Instant.EPOCH),
            new OperationId(-1, -1),
            _ -> true,
            10);
    return deliveries.list(all).deliveries().stream().map(Delivery::id).toList();
  }
}
