package dev.backlane.engine.copies;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.execution.Completions;
import dev.backlane.engine.execution.ExecutionPolicy;
import dev.backlane.engine.execution.Routes;
import dev.backlane.engine.execution.Settlement;
import dev.backlane.engine.execution.Transitions;
import dev.backlane.engine.notification.EndNotifications;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.Notification;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.OperationIds;
import dev.backlane.engine.operation.Request;
import dev.backlane.engine.operation.RetryPolicy;
import dev.backlane.engine.operation.SealedCredentials;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.ForwardingStore;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.cache.RecentEnds;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.memory.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class HeldOperationsTest {
  private static final Instant NOW = Instant.parse("2026-11-24T10:15:30Z");
  private static final RetryPolicy RETRY =
      new RetryPolicy(
          2,
          Duration.ofHours(1),
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          Set.of(),
          false);

  private final InstantSource clock = InstantSource.fixed(NOW);
  private final OperationIds ids = new OperationIds(clock, new Random(1));
  private MemoryStore store = new MemoryStore();

  private HeldOperations held(boolean hold) {
    return held(hold, store.operations());
  }

  private HeldOperations held(boolean hold, OperationStore operations) {
    return held(hold, operations, () -> {});
  }

  private HeldOperations held(boolean hold, OperationStore operations, Runnable discard) {
    var settlement =
        new Settlement(
            operations,
            new Transitions(
                () -> new Routes(List.of(), new ExecutionPolicy(RETRY, Duration.ofSeconds(10))),
                clock,
                new Random(1)),
            new EndNotifications(_ -> Optional.empty(), () -> {}),
            new Completions(),
            Threads.VIRTUAL);
    var held =
        new HeldOperations(
            operations,
            store,
            settlement,
            hold,
            new HeldOperations.Effects(() -> {}, discard),
            Threads.VIRTUAL);
    held.start();
    return held;
  }

  private Operation queued(String method) {
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
            Lifecycle.queued(NOW),
            0);
    store.operations().accept(operation, Content.EMPTY, Optional.empty());
    return operation;
  }

  private State state(Operation operation) {
    return store.operations().find(operation.id()).orElseThrow().state();
  }

  @Test
  void holdsInACopyWhatMayNotBeRepeated() {
    var post = queued("POST");
    var put = queued("PUT");
    store = store.copied();
    var held = held(true);
    assertThat(state(post)).isEqualTo(new State.Held(Lifecycle.queued(NOW)));
    assertThat(state(put)).isInstanceOf(State.Queued.class);
    assertThat(held.count()).isEqualTo(1);
    assertThat(held.list(9)).extracting(Operation::id).containsExactly(post.id());
    assertThat(store.origin().copied()).isEmpty();
  }

  /// A standby was promoted that has not received the end of an operation, and the process that
  /// executed it continues there.
  @Test
  void holdsWhatThisProcessHasInMemoryAsEnded() {
    var post = queued("POST");
    store = store.copied();
    var ends = new RecentEnds(new LaggingStore(store.operations()));
    var canceled = Lifecycle.canceled(post, NOW).orElseThrow();
    assertThat(ends.replace(post, post.to(canceled), Content.EMPTY, Optional.empty())).isTrue();
    assertThat(ends.find(post.id()).orElseThrow().ended()).isTrue();
    var held = held(true, ends, ends::clear);
    assertThat(state(post)).isInstanceOf(State.Held.class);
    assertThat(held.count()).isEqualTo(1);
    assertThat(ends.find(post.id()).orElseThrow().state()).isInstanceOf(State.Held.class);
  }

  /// A store that loses the first change, as a standby that lags when it is promoted.
  private static final class LaggingStore extends ForwardingStore {
    private boolean lags = true;

    LaggingStore(OperationStore store) {
      super(store);
    }

    @Override
    public boolean replace(
        Operation from, Operation to, Content response, Optional<Delivery> delivery) {
      boolean lost = lags;
      lags = false;
      return lost || super.replace(from, to, response, delivery);
    }
  }

  /// A store in which one operation cannot be read.
  private static final class DamagedStore extends ForwardingStore {
    private final OperationId damaged;

    DamagedStore(OperationStore store, OperationId damaged) {
      super(store);
      this.damaged = damaged;
    }

    @Override
    public Optional<Operation> find(OperationId id) {
      if (id.equals(damaged)) {
        throw new StoreException.Damaged("a flipped bit");
      }
      return super.find(id);
    }

    @Override
    public Map<OperationId, Operation> findAll(List<OperationId> ids) {
      return super.findAll(ids.stream().filter(id -> !id.equals(damaged)).toList());
    }
  }

  @Test
  void aDamagedOperationKeepsNoOtherFromBeingHeld() {
    var damaged = queued("POST");
    var post = queued("POST");
    store = store.copied();
    var held = held(true, new DamagedStore(store.operations(), damaged.id()));
    assertThat(state(post)).isInstanceOf(State.Held.class);
    assertThat(held.list(9)).extracting(Operation::id).containsExactly(post.id());
    assertThat(held.release()).isEqualTo(1);
    assertThat(state(post)).isInstanceOf(State.Queued.class);
  }

  @Test
  void holdsNothingInTheOriginalOrIfTheOperatorSaysSo() {
    var first = queued("POST");
    held(true);
    assertThat(state(first)).isInstanceOf(State.Queued.class);
    store = store.copied();
    held(false);
    assertThat(state(first)).isInstanceOf(State.Queued.class);
  }

  @Test
  void releasesThemInTheirOldPlaceOfTheQueue() {
    var post = queued("POST");
    store = store.copied();
    assertThat(held(true).release()).isEqualTo(1);
    assertThat(state(post)).isEqualTo(Lifecycle.queued(NOW));
  }

  @Test
  void endsThemByARecordedDecisionOnce() {
    var post = queued("POST");
    store = store.copied();
    held(true);
    HeldDecision.record(store.records(), false);
    HeldDecision.record(store.records(), true);
    store = store.reopened();
    assertThat(held(true).count()).isZero();
    assertThat(((State.Failed) state(post)).code()).isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
    assertThat(HeldDecision.of(store.records())).isEmpty();
  }
}
