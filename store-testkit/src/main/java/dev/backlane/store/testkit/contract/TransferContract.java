package dev.backlane.store.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.inspection.StoreCheck;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.Store;
import dev.backlane.engine.store.StoreExport;
import dev.backlane.engine.store.StoreStats;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueKey;
import dev.backlane.engine.transfer.Transfer;
import dev.backlane.engine.transfer.TransferProgress.Step;
import dev.backlane.engine.transfer.UnfinishedTransfer;
import dev.backlane.store.testkit.DeliverySamples;
import dev.backlane.store.testkit.Samples;
import dev.backlane.store.testkit.SettableClock;
import dev.backlane.store.testkit.UnlimitedPermits;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The contract of a transfer from one store to another as tests. The test class of a pair of
/// stores extends this one and opens them.
public abstract class TransferContract {
  private static final int CHUNKED_BYTES = 3 * 1024 * 1024 + 17;
  private static final int SPOOLED_BYTES = 70_000;
  private static final Duration RETENTION = Duration.ofHours(24);

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-24T10:15:30.123Z"));
  private final Samples samples = new Samples(clock, 42);
  private final List<Operation> operations = new ArrayList<>();
  private Store source;
  private Store target;

  /// The clock of the tests, for stores that have their own clock.
  protected final SettableClock clock() {
    return clock;
  }

  /// Opens the source, for the first time or again.
  protected abstract Store openSource();

  /// Opens the target, for the first time or again.
  protected abstract Store openTarget();

  @BeforeEach
  final void open() {
    source = openSource();
    target = openTarget();
  }

  @AfterEach
  final void close() {
    source.close();
    target.close();
  }

  private Transfer.Result copied() {
    return transfer(source.transferSource(), target.transferSource()).run();
  }

  private Transfer transfer(StoreExport from, StoreExport copy) {
    return new Transfer(
        from, target.transferTarget(), copy, UnaryOperator.identity(), (_, _, _, _, _) -> {});
  }

  private void reopenTarget() {
    target.close();
    target = openTarget();
  }

  private Operation accepted(Operation operation, Content request, Optional<IdempotencyKey> key) {
    assertThat(source.operations().accept(operation, request, key))
        .isEqualTo(new Acceptance.Stored());
    operations.add(operation);
    return operation;
  }

  private Operation accepted(Operation operation) {
    return accepted(operation, Content.EMPTY, Optional.empty());
  }

  private Operation replaced(Operation from, Operation to, Content response) {
    assertThat(source.operations().replace(from, to, response, Optional.empty())).isTrue();
    operations.remove(from);
    operations.add(to);
    return to;
  }

  private Operation replaced(Operation from, Operation to) {
    return replaced(from, to, Content.EMPTY);
  }

  private Content spooled(OperationId id, Part part, byte[] bytes) {
    var spool = source.operations().spool(id, Samples.TENANT, part);
    spool.write(bytes, 0, bytes.length);
    return spool.seal();
  }

  private static byte[] read(Store store, OperationId id, Part part) throws IOException {
    try (var in =
        store
            .operations()
            .content(store.operations().find(id).orElseThrow(), part)
            .orElseThrow()
            .open(0)) {
      return in.readAllBytes();
    }
  }

  private IdempotencyKey key(String name) {
    return Samples.key(name, "call");
  }

  private Operation finished(Operation started) {
    return replaced(started, samples.finished(started, 0));
  }

  /// Stores an operation in every state.
  private void everyState() {
    accepted(samples.referring("ref ✓"));
    accepted(samples.queued(new Caller("", "anonymous", "")));
    var claimed = accepted(samples.queued(new Caller("company-2", "", "user-æ")));
    var running =
        source
            .operations()
            .claim(9, new OneTenant("company-2"), new Lease("node-æ", -7), clock.instant());
    assertThat(running).extracting(Operation::id).containsExactly(claimed.id());
    operations.remove(claimed);
    operations.add(running.getFirst());
    var retried = accepted(samples.started(Samples.LEASE));
    replaced(retried, Samples.retrying(retried, clock.instant().plusNanos(123_456_789)));
    finished(accepted(samples.started(Samples.LEASE)));
    var failing = accepted(samples.started(Samples.LEASE));
    replaced(failing, samples.failed(failing));
    var canceling = accepted(samples.queued());
    replaced(canceling, samples.canceled(canceling));
    accepted(samples.started(new Lease("node-2", 3)));
  }

  @Test
  void copiesEveryStateWithoutLiveLeases() {
    everyState();
    var result = copied();
    assertThat(result.operations()).isEqualTo(operations.size());
    reopenTarget();
    for (var operation : operations) {
      assertThat(target.operations().find(operation.id())).contains(operation);
      assertThat(source.operations().find(operation.id())).contains(operation);
    }
    assertThat(target.operations().queued()).isEqualTo(3);
    for (var caller : List.of(Samples.CALLER, new Caller("", "anonymous", ""))) {
      var listing = Samples.listing(caller, 200);
      assertThat(target.operations().list(listing)).isEqualTo(source.operations().list(listing));
    }
    assertThat(target.inspection().stats().operations())
        .isEqualTo(source.inspection().stats().operations())
        .isEqualTo(
            new StoreStats.Operations(
                2,
                1,
                2,
                new StoreStats.Ended(1, 1, 1),
                Optional.of(ids().getFirst()),
                Optional.of(ids().getLast())));
    assertClaimedOnceAndNotLeased();
  }

  private List<OperationId> ids() {
    return operations.stream().map(Operation::id).sorted().toList();
  }

  private void assertClaimedOnceAndNotLeased() {
    var store = target.operations();
    var now = clock.instant().plusSeconds(1);
    assertThat(store.renew("node-new", Duration.ofSeconds(10), List.of()).others()).isEmpty();
    assertThat(store.held("node-new"))
        .extracting(held -> held.lease().holder())
        .containsExactlyInAnyOrder("node-æ", "node-2");
    var lease = new Lease("node-new", 1);
    assertThat(store.claim(9, new UnlimitedPermits(), lease, now)).hasSize(3);
    assertThat(store.claim(9, new UnlimitedPermits(), lease, now)).isEmpty();
    var orphan = store.held("node-new").stream().filter(held -> !held.lease().equals(lease));
    orphan.forEach(held -> {
      var found = store.find(held.id()).orElseThrow();
      assertThat(store.replace(found, samples.failed(found), Content.EMPTY, Optional.empty()))
          .isTrue();
    });
  }

  @Test
  void copiesContentsByteForByte() throws IOException {
    byte[] small = Samples.bytes(2_000, 1);
    byte[] large = Samples.bytes(SPOOLED_BYTES, 2);
    byte[] chunked = Samples.bytes(CHUNKED_BYTES, 3);
    var one = samples.started(Samples.LEASE);
    accepted(one, new Content.Inline(small), Optional.empty());
    replaced(one, samples.finished(one, CHUNKED_BYTES), spooled(one.id(), Part.RESPONSE, chunked));
    var other = samples.queued();
    accepted(other, spooled(other.id(), Part.REQUEST, large), Optional.empty());
    var result = copied();
    assertThat(result.bytes()).isGreaterThan(small.length + large.length + chunked.length);
    reopenTarget();
    assertThat(read(target, one.id(), Part.REQUEST)).isEqualTo(small);
    assertThat(read(target, one.id(), Part.RESPONSE)).isEqualTo(chunked);
    assertThat(read(target, other.id(), Part.REQUEST)).isEqualTo(large);
    assertThat(target.operations().content(other, Part.RESPONSE)).isEmpty();
  }

  private void prune(Store store, Duration elapsed) {
    clock.advance(elapsed);
    store.operations().prune(new RetentionStep(RETENTION, elapsed, clock.instant()));
  }

  @Test
  void copiesKeys() {
    var first = accepted(samples.queued(), Content.EMPTY, Optional.of(key("key-1")));
    clock.advance(Duration.ofHours(20));
    var ended = samples.started(Samples.LEASE);
    accepted(ended, Content.EMPTY, Optional.of(key("key-2")));
    finished(ended);
    assertThat(copied().keys()).isEqualTo(2);
    reopenTarget();
    var store = target.operations();
    assertThat(store.accept(samples.queued(), Content.EMPTY, Optional.of(key("key-1"))))
        .isEqualTo(new Acceptance.Repeated(first.id()));
    assertThat(store.accept(samples.queued(), Content.EMPTY, Optional.of(key("key-2"))))
        .isEqualTo(new Acceptance.Repeated(ended.id()));
    var another = Samples.key("key-1", "another call");
    assertThat(store.accept(samples.queued(), Content.EMPTY, Optional.of(another)))
        .isEqualTo(new Acceptance.KeyReused(first.id()));
  }

  @Test
  void targetPrunesEndedOperationsARetentionAfterTheCopy() {
    var old = finished(accepted(samples.started(Samples.LEASE)));
    clock.advance(Duration.ofHours(25));
    var young = finished(accepted(samples.started(Samples.LEASE)));
    copied();
    reopenTarget();
    prune(target, Duration.ofHours(23));
    assertThat(target.operations().find(old.id())).contains(old);
    assertThat(target.operations().find(young.id())).contains(young);
    prune(target, Duration.ofHours(2));
    assertThat(target.operations().find(old.id())).isEmpty();
    assertThat(target.operations().find(young.id())).isEmpty();
  }

  @Test
  void doesNotCopyPrunedOperations() {
    accepted(samples.started(Samples.LEASE), Content.EMPTY, Optional.of(key("key-1")));
    finished(operations.getFirst());
    prune(source, Duration.ofHours(25));
    var young = accepted(samples.queued(), Content.EMPTY, Optional.of(key("key-2")));
    var result = copied();
    assertThat(result.operations()).isEqualTo(1);
    assertThat(result.keys()).isEqualTo(1);
    reopenTarget();
    assertThat(target.operations().find(young.id())).contains(young);
  }

  @Test
  void copiesDeliveriesAndRecords() {
    var deliverySamples = new DeliverySamples(clock, 7);
    var due = deliverySamples.due(new Delivery.Address("https://a.example/hook?x=y"));
    var retried = deliverySamples.due("sub-1");
    var ended = deliverySamples.due("sub-2");
    List.of(due, retried, ended).forEach(source.deliveries()::add);
    var retrying = DeliverySamples.retrying(retried, clock.instant().plusSeconds(9));
    assertThat(source.deliveries().replace(retried, retrying)).isTrue();
    var delivered = deliverySamples.delivered(ended);
    assertThat(source.deliveries().replace(ended, delivered)).isTrue();
    var key = new RecordStore.Entry("data-key", "0a", 0, new byte[] {1, 2});
    var subscription = new RecordStore.Entry("subscription", "sub-æ", 0, new byte[0]);
    assertThat(source.records().put(List.of(key, subscription))).isTrue();
    assertThat(source.records().put(List.of(subscription.to(new byte[] {3})))).isTrue();

    var result = copied();
    assertThat(result.deliveries()).isEqualTo(3);
    assertThat(result.records()).isEqualTo(2);
    reopenTarget();
    for (var delivery : List.of(due, retrying, delivered)) {
      var found = target.deliveries().find(delivery.id()).orElseThrow();
      assertThat(found).usingRecursiveComparison().isEqualTo(delivery);
    }
    assertThat(target.deliveries().waiting()).isEqualTo(2);
    assertThat(
            target
                .deliveries()
                .claim(9, new UnlimitedPermits(), Duration.ofMinutes(1), clock.instant()))
        .extracting(Delivery::id)
        .containsExactly(due.id());
    assertThat(target.records().list("subscription"))
        .usingRecursiveComparison()
        .isEqualTo(List.of(subscription.to(new byte[] {3})));
    assertThat(target.records().find("data-key", "0a").orElseThrow().value())
        .isEqualTo(key.value());
    assertThat(UnfinishedTransfer.of(target.records())).isEmpty();
  }

  @Test
  void refusesATargetThatIsNotEmpty() {
    accepted(samples.queued());
    var existing = samples.queued();
    target.operations().accept(existing, Content.EMPTY, Optional.empty());
    assertThatThrownBy(this::copied)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("not empty");
    reopenTarget();
    assertThat(target.operations().find(existing.id())).contains(existing);
    assertThat(UnfinishedTransfer.of(target.records())).isEmpty();
  }

  @Test
  void failedTransferIsMarkedAndCanBeRepeated() throws IOException {
    var one = samples.queued();
    byte[] large = Samples.bytes(SPOOLED_BYTES, 5);
    accepted(one, spooled(one.id(), Part.REQUEST, large), Optional.of(key("key-1")));
    everyState();
    for (var step : EnumSet.allOf(Step.class)) {
      var failing =
          new Transfer(
              source.transferSource(),
              target.transferTarget(),
              target.transferSource(),
              UnaryOperator.identity(),
              (at, _, done, _, _) -> {
                if (at == step && done == 4) {
                  throw new StoreException("the power failed");
                }
              });
      assertThatThrownBy(failing::run).hasMessage("the power failed");
      reopenTarget();
      assertThat(UnfinishedTransfer.of(target.records())).isPresent();
    }
    copied();
    reopenTarget();
    assertThat(UnfinishedTransfer.of(target.records())).isEmpty();
    assertThat(target.transferSource().operations(StoreExport.BEFORE_ALL, 100))
        .hasSize(operations.size());
    assertThat(read(target, one.id(), Part.REQUEST)).isEqualTo(large);
  }

  @Test
  void transferWithDifferencesStaysUnfinished() {
    everyState();
    // Verifies against the source, to which one operation is added before verification.
    var verified = source.transferSource();
    var transfer =
        new Transfer(
            source.transferSource(),
            target.transferTarget(),
            verified,
            UnaryOperator.identity(),
            (at, _, done, _, _) -> {
              if (at == Step.VERIFYING && done == 0) {
                source.operations().accept(samples.queued(), Content.EMPTY, Optional.empty());
              }
            });
    assertThatThrownBy(transfer::run)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(
            "the operations of the target differ from those of the source: 8 were read from the source and 9 from the target");
    assertThat(UnfinishedTransfer.of(target.records())).isPresent();
  }

  @Test
  void copyPassesTheStoreCheck() {
    everyState();
    var one = samples.queued();
    byte[] large = Samples.bytes(11, 5);
    accepted(one, new Content.Inline(large), Optional.of(key("key-1")));
    copied();
    for (var store : List.of(source, target)) {
      var problems = new ArrayList<String>();
      var result =
          new StoreCheck(
                  store.transferSource(), store.inspection(), Optional.empty(), problems::add)
              .run();
      // All samples declare a request of 11 bytes; only one has it.
      assertThat(problems)
          .hasSize(operations.size() - 1)
          .allMatch(
              line -> line.contains("request content") && line.contains("is missing: 11 bytes"))
          .noneMatch(line -> line.contains(one.id().toString()));
      assertThat(result.operations()).isEqualTo(operations.size());
      assertThat(result.contentBytes()).isEqualTo(11);
    }
  }

  /// Permits for one tenant only.
  private record OneTenant(String name) implements Permits {
    @Override
    public boolean tryAcquire(QueueKey key) {
      return key.owner().equals(name);
    }

    @Override
    public void release(QueueKey key) {}

    @Override
    public boolean hasPermit(QueueKey key) {
      return key.owner().equals(name);
    }
  }
}
