package dev.backlane.engine.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.background.ScriptedThreads;
import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.execution.outcomes.ChecksumSeal;
import dev.backlane.engine.execution.outcomes.LocalSpool;
import dev.backlane.engine.execution.outcomes.SpoolLimits;
import dev.backlane.engine.execution.outcomes.SpoolingStore;
import dev.backlane.engine.notification.EndNotifications;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.Notification;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.OperationIds;
import dev.backlane.engine.operation.Request;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.operation.RetryPolicy;
import dev.backlane.engine.operation.SealedCredentials;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.ForwardingStore;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.Spool;
import dev.backlane.engine.store.content.StagedContent;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.memory.MemoryStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Outcomes that the store does not accept, on a real disk. A process of the tests is a spool and a
/// settlement; the store outlives it.
final class SpooledOutcomesTest {
  private static final Instant NOW = Instant.parse("2026-11-24T10:15:30Z");
  private static final long SPOOL_BYTES = 1 << 20;
  private static final long BODY_BYTES_MAX = 1L << 30;
  private static final int SMALL = 100;
  private static final int LARGE = 300_000;
  private static final RetryPolicy RETRY =
      new RetryPolicy(
          2,
          Duration.ofHours(1),
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          RetryPolicy.RETRY_ON_DEFAULT,
          false);

  /// Refuses all writes, or those of one operation.
  private static final class RefusingStore extends ForwardingStore {
    private boolean refusing;
    private Optional<OperationId> refusedAlways = Optional.empty();

    RefusingStore(OperationStore store) {
      super(store);
    }

    @Override
    public Spool spool(OperationId id, String tenant, Part part) {
      check(id);
      return super.spool(id, tenant, part);
    }

    @Override
    public boolean replace(
        Operation from, Operation to, Content response, Optional<Delivery> delivery) {
      check(to.id());
      return super.replace(from, to, response, delivery);
    }

    private void check(OperationId id) {
      if (refusing || refusedAlways.equals(Optional.of(id))) {
        throw new StoreException("unavailable");
      }
    }
  }

  @TempDir private Path directory;
  private final InstantSource clock = InstantSource.fixed(NOW);
  private final OperationIds ids = new OperationIds(clock, new Random(1));
  private final MemoryStore memory = new MemoryStore();
  private final RefusingStore refusing = new RefusingStore(memory.operations());
  private LocalSpool spool;
  private SpoolingStore store;
  private Settlement settlement;

  @BeforeEach
  void startProcess() throws IOException {
    startProcess(SPOOL_BYTES);
  }

  private static SpoolLimits limits(long bytesMax) {
    return new SpoolLimits(bytesMax, 0, false);
  }

  private void startProcess(long spoolBytes) throws IOException {
    spool = LocalSpool.open(directory, limits(spoolBytes), new ChecksumSeal(1));
    store = new SpoolingStore(refusing, spool);
    settlement = settlement(store, spool);
  }

  private Settlement settlement(OperationStore store, LocalSpool held) {
    return new Settlement(
        store,
        new Transitions(
            () -> new Routes(List.of(), new ExecutionPolicy(RETRY, Duration.ofSeconds(10))),
            clock,
            new Random(1)),
        EndNotifications.NONE,
        new Completions(),
        new ScriptedThreads(2),
        held);
  }

  @AfterEach
  void endProcess() {
    spool.close();
  }

  private void restartProcess() throws IOException {
    endProcess();
    startProcess();
  }

  private Operation running() {
    var operation =
        new Operation(
            ids.next(),
            new Caller("tenant", "client", ""),
            new Request("POST", "/call", List.of(), 0),
            "http://localhost",
            new Notification.None(),
            Routes.NONE,
            Optional.empty(),
            SealedCredentials.NONE,
            Lifecycle.startedAtOnce(new Lease("node", 1), NOW),
            0);
    memory.operations().accept(operation, Content.EMPTY, Optional.empty());
    return operation;
  }

  private static byte[] body(int length) {
    byte[] body = new byte[length];
    new Random(length).nextBytes(body);
    return body;
  }

  private Upstream.Outcome responded(Operation running, int length) throws Exception {
    var content =
        StagedContent.read(
            new ByteArrayInputStream(body(length)),
            BODY_BYTES_MAX,
            () -> store.spool(running.id(), "tenant", Part.RESPONSE));
    return new Upstream.Outcome(
        new Verdict.Responded(
            new Response(201, List.of(new Header("ETag", "1")), length), Optional.empty()),
        content);
  }

  /// Settles as a worker does, until the process is stopped.
  private boolean settle(Operation running, int length) throws Exception {
    try (var outcome = responded(running, length)) {
      boolean stored = settlement.settle(running, outcome, Duration.ZERO);
      // The threads of the test end the retries by an interrupt.
      assertThat(Thread.interrupted()).isEqualTo(!stored);
      return stored;
    }
  }

  private State state(Operation operation) {
    return memory.operations().find(operation.id()).orElseThrow().state();
  }

  private void assertFinished(Operation operation, int length) throws IOException {
    assertThat(state(operation))
        .isInstanceOfSatisfying(
            State.Finished.class,
            finished -> {
              assertThat(finished.response().statusCode()).isEqualTo(201);
              assertThat(finished.response().headers()).containsExactly(new Header("ETag", "1"));
            });
    var found = memory.operations().find(operation.id()).orElseThrow();
    try (var in = memory.operations().content(found, Part.RESPONSE).orElseThrow().open(0)) {
      assertThat(in.readAllBytes()).isEqualTo(body(length));
    }
  }

  private List<Path> files() throws IOException {
    try (var all = Files.walk(directory)) {
      return all.filter(file -> Files.isRegularFile(file) && !file.endsWith("lock")).toList();
    }
  }

  private Path file(String suffix) throws IOException {
    return files().stream()
        .filter(file -> file.toString().endsWith(suffix))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, 65_536, 65_537, LARGE})
  void leavesNothingOnTheDiskOnceItIsStored(int length) throws Exception {
    var operation = running();
    assertThat(settle(operation, length)).isTrue();
    assertFinished(operation, length);
    assertThat(files()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void storesWhatAnEarlierProcessReceived(int length) throws Exception {
    var operation = running();
    refusing.refusing = true;
    assertThat(settle(operation, length)).isFalse();
    assertThat(settlement.held()).isEqualTo(1);
    restartProcess();
    settlement.settleHeld();
    assertThat(state(operation)).isInstanceOf(State.Running.class);

    refusing.refusing = false;
    settlement.settleHeld();
    assertFinished(operation, length);
    assertThat(settlement.held()).isZero();
    assertThat(files()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void takeoverStoresTheHeldOutcome(int length) throws Exception {
    var operation = running();
    refusing.refusing = true;
    assertThat(settle(operation, length)).isFalse();

    refusing.refusing = false;
    settlement.settleAbandoned(List.of(operation));
    assertFinished(operation, length);
    assertThat(files()).isEmpty();
  }

  @Test
  void anEndedOperationKeepsItsEnd() throws Exception {
    var operation = running();
    refusing.refusing = true;
    settle(operation, LARGE);
    restartProcess();
    refusing.refusing = false;
    memory
        .operations()
        .replace(
            operation,
            operation.to(Lifecycle.abandoned(operation, RETRY, NOW)),
            Content.EMPTY,
            Optional.empty());

    settlement.settleHeld();
    assertThat(state(operation)).isInstanceOf(State.Failed.class);
    assertThat(files()).isEmpty();
  }

  @Test
  void oneOutcomeThatCannotBeStoredStopsNoOther() throws Exception {
    var operations = List.of(running(), running(), running());
    refusing.refusing = true;
    for (var operation : operations) {
      settle(operation, SMALL);
    }
    restartProcess();
    refusing.refusing = false;
    refusing.refusedAlways = Optional.of(operations.get(1).id());

    settlement.settleHeld();
    assertFinished(operations.get(0), SMALL);
    assertFinished(operations.get(2), SMALL);
    assertThat(settlement.held()).isEqualTo(1);
  }

  @Test
  void aResponseLargerThanTheSpoolGoesToTheStore() throws Exception {
    endProcess();
    startProcess(LARGE);
    var operation = running();
    int length = 2 * LARGE;
    assertThat(settle(operation, length)).isTrue();
    assertFinished(operation, length);
    assertThat(files()).isEmpty();
  }

  @Test
  void aDamagedResponseEndsItsOperation() throws Exception {
    var operation = running();
    refusing.refusing = true;
    settle(operation, LARGE);
    var body = file(".body");
    byte[] bytes = Files.readAllBytes(body);
    bytes[LARGE / 2] ^= 1;
    Files.write(body, bytes);
    restartProcess();

    refusing.refusing = false;
    settlement.settleHeld();
    assertThat(state(operation))
        .isInstanceOfSatisfying(
            State.Failed.class,
            failed -> {
              assertThat(failed.code()).isEqualTo(ErrorCode.CONTENT_DAMAGED);
              assertThat(failed.reason()).contains("201");
            });
    assertThat(files()).isEmpty();
  }

  @Test
  void waitsForAnOutcomeThatCannotBeReadNow() throws Exception {
    var operation = running();
    var other = running();
    refusing.refusing = true;
    settle(operation, 10);
    var outcome = file(".outcome");
    restartProcess();
    refusing.refusing = false;
    // As with too many open files: the file exists, and opening it fails.
    var aside = directory.resolve("aside");
    Files.move(outcome, aside);
    Files.createDirectory(outcome);
    settlement.settleHeld();
    assertThat(settlement.settleAbandoned(List.of(operation, other))).isEqualTo(1);
    assertThat(state(operation)).isInstanceOf(State.Running.class);
    assertThat(state(other)).as("others do not wait").isInstanceOf(State.Failed.class);

    Files.delete(outcome);
    Files.move(aside, outcome);
    assertThat(settlement.settleAbandoned(List.of(operation))).isEqualTo(1);
    assertFinished(operation, 10);
    assertThat(files()).isEmpty();
  }

  @Test
  void leavesOutcomesOfAnotherStoreInPlace() throws Exception {
    var operation = running();
    refusing.refusing = true;
    settle(operation, LARGE);
    endProcess();
    refusing.refusing = false;
    try (var other = LocalSpool.open(directory, limits(SPOOL_BYTES), new ChecksumSeal(2))) {
      settlement(new SpoolingStore(refusing, other), other).settleHeld();
    }
    assertThat(state(operation)).isInstanceOf(State.Running.class);

    startProcess();
    settlement.settleHeld();
    assertFinished(operation, LARGE);
  }

  @Test
  void doesNotTouchTheFilesOfALiveProcess() throws Exception {
    var operation = running();
    refusing.refusing = true;
    settle(operation, LARGE);
    try (var other = LocalSpool.open(directory, limits(SPOOL_BYTES), new ChecksumSeal(1))) {
      assertThat(other.ofEarlierProcesses()).isEmpty();
    }
    assertThat(files()).hasSize(2);
  }

  @Test
  void removesWhatAKilledProcessWasReceiving() throws Exception {
    var operation = running();
    var unfinished = store.spool(operation.id(), "tenant", Part.RESPONSE);
    unfinished.write(body(LARGE), 0, LARGE);
    assertThat(files()).isNotEmpty();
    restartProcess();
    assertThat(files()).isEmpty();
    assertThat(settlement.held()).isZero();
  }
}
