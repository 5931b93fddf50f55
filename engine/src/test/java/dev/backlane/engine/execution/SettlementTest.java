package dev.backlane.engine.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.background.ScriptedThreads;
import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.notification.EndNotifications;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.ErrorCode;
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
import dev.backlane.engine.store.Replacement;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.memory.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

final class SettlementTest {
  private static final Instant NOW = Instant.parse("2026-11-24T10:15:30Z");
  private static final RetryPolicy RETRY =
      new RetryPolicy(
          2,
          Duration.ofHours(1),
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          Set.of(502),
          false);

  /// A memory store in which a given number of changes fail, before or after they are made.
  private static final class FailingStore extends ForwardingStore {
    private int failuresBefore;
    private int failuresAfter;
    private Predicate<Replacement> refused = _ -> false;

    FailingStore(MemoryStore memory) {
      super(memory.operations());
    }

    @Override
    public boolean replace(
        Operation from, Operation to, Content response, Optional<Delivery> delivery) {
      if (failuresBefore-- > 0) {
        throw new StoreException("unavailable");
      }
      if (refused.test(new Replacement(from, to, delivery))) {
        throw new StoreException.Refused("a value is too large");
      }
      boolean stored = super.replace(from, to, response, delivery);
      if (failuresAfter-- > 0) {
        throw new StoreException("unavailable");
      }
      return stored;
    }

    @Override
    public List<Replacement.Result> replaceAll(List<Replacement> replacements) {
      return replacements.stream().map(this::result).toList();
    }

    private Replacement.Result result(Replacement one) {
      return refused.test(one)
          ? new Replacement.Result.Refused("a value is too large")
          : super.replaceAll(List.of(one)).getFirst();
    }
  }

  private final InstantSource clock = InstantSource.fixed(NOW);
  private final OperationIds ids = new OperationIds(clock, new Random(1));
  private final MemoryStore memory = new MemoryStore();
  private final FailingStore store = new FailingStore(memory);
  private final ScriptedThreads threads = new ScriptedThreads(100);
  private final List<Boolean> storedBeforeReport = new ArrayList<>();
  private OperationId notified = ids.next();
  private final Settlement settlement =
      new Settlement(
          store,
          new Transitions(
              () -> new Routes(List.of(), new ExecutionPolicy(RETRY, Duration.ofSeconds(10))),
              clock,
              new Random(1)),
          new EndNotifications(this::delivery, this::deliveryStored),
          new Completions(),
          threads);

  private Optional<Delivery> delivery(Operation ended) {
    notified = ended.id();
    return Optional.of(
        new Delivery(
            ended.id(),
            "tenant",
            "client",
            new Delivery.Address("http://receiver/"),
            "ended",
            new byte[0],
            new DeliveryState.Due(1, NOW),
            List.of(),
            0));
  }

  private void deliveryStored() {
    storedBeforeReport.add(hasDelivery(notified));
  }

  private boolean hasDelivery(OperationId id) {
    return memory.deliveries().find(id).isPresent();
  }

  private Operation running(String method) {
    var operation =
        new Operation(
            ids.next(),
            new Caller("tenant", "client", ""),
            new Request(method, "/call", List.of(), 0),
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

  private static Upstream.Outcome responded(int status) {
    return Upstream.Outcome.without(
        new Verdict.Responded(new Response(status, List.of(), 0), Optional.empty()));
  }

  private State stored(Operation operation) {
    return memory.operations().find(operation.id()).orElseThrow().state();
  }

  @Test
  void storesTheDeliveryBeforeItReportsTheEnd() {
    var operation = running("POST");
    assertThat(settlement.settle(operation, responded(200), Duration.ZERO)).isTrue();
    assertThat(stored(operation)).isInstanceOf(State.Finished.class);
    assertThat(storedBeforeReport).containsExactly(true);
    assertThat(settlement.counters().operationsFinished()).isEqualTo(1);
    assertThat(settlement.counters().attemptsResponded()).isEqualTo(1);
    assertThat(threads.waits()).isEmpty();
  }

  @Test
  void notifiesOfNoOperationThatHasNotEnded() {
    var retried = running("GET");
    assertThat(settlement.settle(retried, responded(502), Duration.ZERO)).isTrue();
    assertThat(stored(retried)).isInstanceOf(State.Queued.class);
    var requeued = running("POST");
    settlement.requeue(requeued);
    assertThat(stored(requeued)).isInstanceOf(State.Queued.class);
    assertThat(hasDelivery(retried.id())).isFalse();
    assertThat(hasDelivery(requeued.id())).isFalse();
    assertThat(storedBeforeReport).isEmpty();
  }

  @Test
  void writesNothingIfAnotherChangeWasCommitted() {
    var operation = running("POST");
    settlement.requeue(operation);
    assertThat(settlement.settle(operation, responded(200), Duration.ZERO)).isTrue();
    settlement.settleAbandoned(List.of(operation));
    assertThat(stored(operation)).isInstanceOf(State.Queued.class);
    assertThat(hasDelivery(operation.id())).isFalse();
    assertThat(storedBeforeReport).isEmpty();
    assertThat(settlement.counters().operationsFinished()).isZero();
    assertThat(settlement.counters().operationsFailed()).isZero();
  }

  @Test
  void endsAnAbandonedOperationWithAnUnknownOutcome() {
    var operation = running("POST");
    settlement.settleAbandoned(List.of(operation));
    assertThat(stored(operation))
        .isInstanceOfSatisfying(
            State.Failed.class,
            failed -> assertThat(failed.reason()).startsWith(Lifecycle.OUTCOME_UNKNOWN));
    assertThat(storedBeforeReport).containsExactly(true);
    assertThat(settlement.counters().operationsOutcomeUnknown()).isEqualTo(1);
  }

  @Test
  void cancelsAndReportsTheStateBefore() {
    var operation = running("POST");
    assertThat(settlement.cancel(operation.id())).contains(operation.state());
    assertThat(stored(operation)).isInstanceOf(State.Canceled.class);
    assertThat(settlement.cancel(operation.id())).contains(stored(operation));
    assertThat(settlement.cancel(ids.next())).isEmpty();
    assertThat(storedBeforeReport).containsExactly(true);
    assertThat(settlement.counters().operationsCanceled()).isEqualTo(1);
  }

  @Test
  void retriesAnOutcomeWhileTheStoreIsUnavailable() {
    store.failuresBefore = 3;
    var operation = running("POST");
    assertThat(settlement.settle(operation, responded(200), Duration.ZERO)).isTrue();
    assertThat(threads.waits()).hasSize(3).containsOnly(Duration.ofSeconds(1));
    assertThat(stored(operation)).isInstanceOf(State.Finished.class);
    assertThat(settlement.counters().attemptsResponded()).isEqualTo(1);
  }

  @Test
  void storesAnOutcomeOnceIfASuccessWasReportedAsFailure() {
    store.failuresAfter = 1;
    var operation = running("POST");
    assertThat(settlement.settle(operation, responded(200), Duration.ZERO)).isTrue();
    assertThat(memory.operations().find(operation.id()).orElseThrow().version()).isEqualTo(1);
    assertThat(hasDelivery(operation.id())).isTrue();
  }

  @Test
  void givesUpAnOutcomeWhenStopped() {
    store.failuresBefore = 3;
    settlement.stop();
    var operation = running("POST");
    assertThat(settlement.settle(operation, responded(200), Duration.ZERO)).isFalse();
    assertThat(stored(operation)).isInstanceOf(State.Running.class);
    assertThat(threads.waits()).isEmpty();
  }

  private void assertSetAside(Operation operation) {
    assertThat(stored(operation))
        .isInstanceOfSatisfying(
            State.Failed.class, failed -> assertThat(failed.code()).isEqualTo(ErrorCode.INTERNAL));
  }

  @Test
  void endsAnOperationWhoseResponseIsRefused() {
    store.refused = one -> one.to().state() instanceof State.Finished;
    var operation = running("POST");
    assertThat(settlement.settle(operation, responded(200), Duration.ZERO)).isTrue();
    assertSetAside(operation);
    assertThat(hasDelivery(operation.id())).isTrue();
    assertThat(settlement.counters().operationsSetAside()).isEqualTo(1);
    assertThat(settlement.counters().operationsFailed()).isEqualTo(1);
    assertThat(threads.waits()).as("no retry").isEmpty();
  }

  @Test
  void endsAnOperationWhoseDeliveryIsRefused() {
    store.refused = one -> one.delivery().isPresent();
    var operation = running("POST");
    assertThat(settlement.settle(operation, responded(200), Duration.ZERO)).isTrue();
    assertSetAside(operation);
    assertThat(hasDelivery(operation.id())).isFalse();
  }

  @Test
  void refusedOperationDoesNotStopATakeover() {
    var operations = List.of(running("POST"), running("POST"), running("POST"));
    var refused = operations.get(1);
    store.refused = one -> one.from().id().equals(refused.id()) && one.delivery().isPresent();
    assertThat(settlement.settleAbandoned(operations)).isEqualTo(3);
    assertSetAside(refused);
    assertThat(settlement.counters().operationsOutcomeUnknown()).isEqualTo(2);
    assertThat(settlement.counters().operationsSetAside()).isEqualTo(1);
  }
}
