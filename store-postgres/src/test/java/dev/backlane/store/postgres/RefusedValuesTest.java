package dev.backlane.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.LeasedOperation;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.Replacement;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import dev.backlane.store.testkit.DeliverySamples;
import dev.backlane.store.testkit.Samples;
import dev.backlane.store.testkit.UnlimitedPermits;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A value that PostgreSQL refuses, or a row that cannot be read, affects no other operation.
final class RefusedValuesTest {
  private static final String DATABASE = "refused";

  /// Characters that do not compress to the 2,704 bytes that an index row may have.
  private static final int TOO_LONG = 6_000;

  private static PostgresServer server;

  private final Samples samples = new Samples(InstantSource.system(), 1);
  private PostgresStore opened;
  private OperationStore store;

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
  }

  @AfterEach
  void close() {
    opened.close();
    server.dropDatabase(DATABASE);
  }

  private static String incompressible() {
    var text = new StringBuilder();
    new Random(1).ints(TOO_LONG, ' ', '~').forEach(character -> text.append((char) character));
    return text.toString();
  }

  private Operation running() {
    var operation = samples.started(new Lease("dead", 1));
    store.accept(operation, Content.EMPTY, Optional.empty());
    return operation;
  }

  @Test
  void refusedCallDoesNotFailCallsOfItsBatch() throws Exception {
    var tenants = new ArrayList<String>();
    for (int i = 0; i < 200; i++) {
      tenants.add(i % 50 == 7 ? incompressible() : i % 50 == 8 ? "nul \0" : "tenant");
    }
    var together = new CountDownLatch(1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var accepts = new ArrayList<Future<?>>();
      for (var tenant : tenants) {
        var operation = samples.queued(new Caller(tenant, "client", ""));
        accepts.add(
            threads.submit(() -> {
              together.await();
              return store.accept(operation, Content.EMPTY, Optional.empty());
            }));
      }
      together.countDown();
      for (int i = 0; i < accepts.size(); i++) {
        var accept = accepts.get(i);
        if (tenants.get(i).equals("tenant")) {
          accept.get();
        } else {
          assertThatThrownBy(accept::get)
              .isInstanceOf(ExecutionException.class)
              .hasCauseInstanceOf(StoreException.Refused.class);
        }
      }
    }
    assertThat(store.queued()).isEqualTo(192);
    assertThat(opened.admission().refusal()).isEmpty();
  }

  @Test
  void refusedDeliveryDoesNotFailATakeover() {
    var replacements = new ArrayList<Replacement>();
    for (int i = 0; i < 100; i++) {
      var running = running();
      var receiver = i == 42 ? incompressible() : "sub";
      var delivery =
          DeliverySamples.of(
              running.id(),
              new Delivery.Subscribed(receiver, List.of()),
              running.id().receivedAt());
      replacements.add(new Replacement(running, samples.failed(running), Optional.of(delivery)));
    }
    var results = store.replaceAll(replacements);
    var refused = replacements.get(42).from();
    for (int i = 0; i < results.size(); i++) {
      if (i == 42) {
        assertThat(results.get(i)).isInstanceOf(Replacement.Result.Refused.class);
      } else {
        assertThat(results.get(i)).isEqualTo(Replacement.Result.of(true));
      }
    }
    assertThat(store.held("node")).extracting(LeasedOperation::id).containsExactly(refused.id());
    var end = (State.Failed) samples.failed(refused).state();
    assertThat(store.setAside(refused.id(), refused.version(), end)).isTrue();
    assertThat(store.held("node")).isEmpty();
  }

  @Test
  void leavesOperationsThatCannotBeReadToATakeover() throws Exception {
    var operations = new ArrayList<Operation>();
    for (int i = 0; i < 5; i++) {
      var operation = samples.queued();
      store.accept(operation, Content.EMPTY, Optional.empty());
      operations.add(operation);
    }
    damage("active_operation", "progress", operations.get(1).id());
    damage("call", "record", operations.get(3).id());
    store.renew("node", Duration.ofSeconds(10), List.of());
    var claimed =
        store.claim(
            10, new UnlimitedPermits(), new Lease("node", 1), InstantSource.system().instant());
    assertThat(claimed)
        .extracting(Operation::id)
        .containsExactly(operations.get(0).id(), operations.get(2).id(), operations.get(4).id());
    var left =
        store.held("other").stream().filter(held -> !held.lease().holder().equals("node")).toList();
    assertThat(left)
        .extracting(LeasedOperation::id)
        .containsExactly(operations.get(1).id(), operations.get(3).id());
    assertThat(store.findAll(operations.stream().map(Operation::id).toList())).hasSize(3);
    for (var held : left) {
      var end = (State.Failed) samples.failed(running()).state();
      assertThat(store.setAside(held.id(), held.version(), end)).isTrue();
    }
    assertThat(store.held("other")).noneMatch(held -> held.lease().holder().isEmpty());
  }

  private static void damage(String table, String column, OperationId id) throws SQLException {
    try (var connection = server.connect(DATABASE);
        var write =
            connection.prepareStatement(
                "UPDATE " + table + " SET " + column + " = '\\x7f' WHERE id = ?::uuid")) {
      write.setString(1, id.toString());
      assertThat(write.executeUpdate()).isEqualTo(1);
    }
  }
}
