package dev.backlane.store.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryAttempt;
import dev.backlane.engine.delivery.DeliverySchedule;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.delivery.DeliveryVerdict;
import dev.backlane.engine.execution.Upstream;
import dev.backlane.engine.notification.DeliveryDispatcher;
import dev.backlane.engine.notification.DeliverySettings;
import dev.backlane.engine.notification.EndNotifications;
import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.memory.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Deliveries from a memory store to scripted receivers, with a clock that the test sets.
@Timeout(60)
final class DeliveryDispatcherTest {
  private static final Duration DRAIN_MAX = Duration.ofSeconds(30);
  private static final Duration RETENTION = Duration.ofHours(24);
  private static final int CONCURRENCY = 8;
  private static final int PER_RECEIVER = 2;

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-24T10:15:30.123Z"));
  private final DeliverySamples samples = new DeliverySamples(clock, 1);
  private final AcceleratedThreads threads = new AcceleratedThreads();
  private final CountDownLatch gate = new CountDownLatch(1);
  private final MemoryStore memory = new MemoryStore();
  private final ScriptedDeliveryStore store = new ScriptedDeliveryStore(memory.deliveries());

  private DeliveryDispatcher started(DeliveryStore deliveries, ScriptedSender sender) {
    var settings =
        new DeliverySettings(
            new DeliverySchedule(DeliverySchedule.DELAYS_DEFAULT, Duration.ofHours(1)),
            CONCURRENCY,
            CONCURRENCY,
            PER_RECEIVER,
            Duration.ofMinutes(1),
            RETENTION);
    var dispatcher =
        new DeliveryDispatcher(deliveries, sender, settings, threads, clock, new Random(1));
    dispatcher.start();
    return dispatcher;
  }

  private Delivery added(String receiver) {
    var delivery = samples.due(receiver);
    store.add(delivery);
    return delivery;
  }

  private Delivery stored(Delivery delivery) {
    return store.find(delivery.id()).orElseThrow();
  }

  private DeliveryVerdict held() {
    try {
      gate.await();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    return ScriptedSender.responding(200);
  }

  /// A receiver that fails a number of times and then accepts every delivery.
  private static ScriptedSender failing(int times) {
    var attempts = new AtomicInteger();
    return new ScriptedSender(
        _ -> ScriptedSender.responding(attempts.incrementAndGet() <= times ? 500 : 200));
  }

  private void passTimeUntilDue(Delivery delivery, DeliveryDispatcher dispatcher) {
    clock.set(((DeliveryState.Due) delivery.state()).dueAt());
    dispatcher.wake();
  }

  @Test
  void repeatsAFailedDeliveryWithTheSameId() throws Exception {
    var sender = failing(3);
    var delivery = added("a");
    try (var dispatcher = started(store, sender)) {
      for (int attempt = 2; attempt <= 4; attempt++) {
        var due = sender.awaitSettled();
        assertThat(due.state()).isInstanceOf(DeliveryState.Due.class);
        assertThat(((DeliveryState.Due) due.state()).attempt()).isEqualTo(attempt);
        passTimeUntilDue(due, dispatcher);
      }
      assertThat(sender.awaitSettled().state())
          .isEqualTo(new DeliveryState.Delivered(clock.instant()));
      dispatcher.drain(DRAIN_MAX);
      assertThat(dispatcher.attemptsFailed()).isEqualTo(3);
      assertThat(dispatcher.attemptsSucceeded()).isEqualTo(1);
      assertThat(dispatcher.running()).isZero();
    }
    assertThat(sender.tried())
        .hasSize(4)
        .allSatisfy(tried -> {
          assertThat(tried.id()).isEqualTo(delivery.id());
          assertThat(tried.body()).isEqualTo(delivery.body());
        });
    assertThat(stored(delivery).attempts())
        .extracting(DeliveryAttempt::statusCode)
        .containsExactly(500, 500, 500, 200);
    assertThat(stored(delivery).attempts().getLast().detail()).isEqualTo("response 200");
    assertThat(store.waiting()).isZero();
  }

  @Test
  void failsAfterEightAttempts() throws Exception {
    var sender = failing(1_000);
    var delivery = added("a");
    try (var dispatcher = started(store, sender)) {
      for (int attempt = 1; attempt < 8; attempt++) {
        passTimeUntilDue(sender.awaitSettled(), dispatcher);
      }
      assertThat(sender.awaitSettled().state()).isInstanceOf(DeliveryState.Failed.class);
    }
    assertThat(sender.tried()).hasSize(8);
    assertThat(stored(delivery).ended()).isTrue();
  }

  @Test
  void failsAtOnceWithoutAReceiver() throws Exception {
    var sender = new ScriptedSender(_ -> new DeliveryVerdict.NoReceiver("it is gone"));
    added("a");
    try (var _ = started(store, sender)) {
      var settled = sender.awaitSettled();
      assertThat(settled.state())
          .isEqualTo(new DeliveryState.Failed(clock.instant(), "it is gone"));
      assertThat(settled.attempts())
          .containsExactly(new DeliveryAttempt(clock.instant(), Duration.ZERO, 0, "it is gone"));
    }
  }

  @Test
  void repeatsADeliveryAfterAFaultOfTheGateway() throws Exception {
    var sender =
        new ScriptedSender(_ -> {
          throw new IllegalStateException("broken on purpose");
        });
    added("a");
    try (var _ = started(store, sender)) {
      var settled = sender.awaitSettled();
      assertThat(settled.ended()).isFalse();
      assertThat(settled.attempts())
          .extracting(DeliveryAttempt::detail)
          .containsExactly("the gateway itself failed");
    }
  }

  @Test
  void receiverThatHangsDoesNotDelayOthers() throws Exception {
    var sender =
        new ScriptedSender(delivery ->
            delivery.receiver().equals("hangs") ? held() : ScriptedSender.responding(200));
    for (int each = 0; each < 2 * CONCURRENCY; each++) {
      added("hangs");
    }
    clock.advance(Duration.ofSeconds(1));
    var others = List.of(added("b"), added("c"), added("b"), added("b"));
    try (var dispatcher = started(store, sender)) {
      for (int each = 0; each < others.size(); each++) {
        assertThat(sender.awaitSettled().receiver()).isNotEqualTo("hangs");
      }
      assertThat(others).allSatisfy(other -> assertThat(stored(other).ended()).isTrue());
      assertThat(sender.tried())
          .filteredOn(tried -> tried.receiver().equals("hangs"))
          .hasSizeLessThanOrEqualTo(PER_RECEIVER);
      gate.countDown();
      for (int each = 0; each < 2 * CONCURRENCY; each++) {
        assertThat(sender.awaitSettled().receiver()).isEqualTo("hangs");
      }
      dispatcher.drain(DRAIN_MAX);
    }
    assertThat(store.waiting()).isZero();
  }

  @Test
  void sendsTheNextDeliveryWhileTheOutcomeOfTheLastIsStored() throws Exception {
    var sender = failing(0);
    store.holdWrites(gate);
    for (int each = 0; each < CONCURRENCY + 1; each++) {
      added("a");
    }
    try (var dispatcher = started(store, sender)) {
      for (int each = 0; each < CONCURRENCY; each++) {
        sender.awaitAttempt();
      }
      assertThat(dispatcher.running()).as("limited in total").isEqualTo(CONCURRENCY);
      assertThat(sender.hasSettledMore()).isFalse();
      gate.countDown();
      for (int each = 0; each < CONCURRENCY + 1; each++) {
        assertThat(sender.awaitSettled().ended()).isTrue();
      }
    }
  }

  @Test
  void opensTheCircuitOfAReceiverThatKeepsFailing() throws Exception {
    var sender = failing(5);
    for (int each = 0; each < 5; each++) {
      added("a");
    }
    try (var dispatcher = started(store, sender)) {
      for (int each = 0; each < 5; each++) {
        assertThat(sender.awaitSettled().ended()).isFalse();
      }
      assertThat(dispatcher.openCircuits()).isEqualTo(1);
      var sixth = added("a");
      var other = added("b");
      dispatcher.wake();
      assertThat(sender.awaitSettled().id()).isEqualTo(other.id());
      assertThat(sender.tried()).extracting(Delivery::id).doesNotContain(sixth.id());
      clock.advance(Duration.ofSeconds(10));
      dispatcher.wake();
      // The one attempt of a half-open circuit may be any of the six deliveries.
      assertThat(sender.awaitSettled().receiver()).isEqualTo("a");
      assertThat(dispatcher.openCircuits()).isZero();
    }
  }

  @Test
  void attemptsRedeliveriesAtOnceWhateverTheCircuit() throws Exception {
    var sender = failing(6);
    for (int each = 0; each < 5; each++) {
      added("a");
    }
    try (var dispatcher = started(store, sender)) {
      var failed = sender.awaitSettled();
      for (int each = 1; each < 5; each++) {
        failed = sender.awaitSettled();
      }
      assertThat(dispatcher.openCircuits()).isEqualTo(1);
      assertThat(dispatcher.nextAttempt(failed)).hasValue(clock.instant().plusSeconds(10));

      // The clock does not advance, so that only a redelivery can be attempted.
      assertThat(dispatcher.redeliver(failed)).isTrue();
      var again = sender.awaitSettled();
      assertThat(again.id()).isEqualTo(failed.id());
      assertThat(dispatcher.openCircuits()).isEqualTo(1);

      var event = samples.due("a");
      dispatcher.add(event);
      assertThat(sender.awaitSettled().id()).isEqualTo(event.id());
      assertThat(stored(event).state()).isInstanceOf(DeliveryState.Delivered.class);
      assertThat(dispatcher.openCircuits()).isZero();
    }
  }

  @Test
  void storesAnOutcomeOnceTheStoreIsAvailable() throws Exception {
    var sender = failing(0);
    store.failBeforeWrites(3);
    var delivery = added("a");
    try (var _ = started(store, sender)) {
      assertThat(sender.awaitSettled().id()).isEqualTo(delivery.id());
    }
    assertThat(store.isDone()).isTrue();
    assertThat(sender.tried()).hasSize(1);
    assertThat(stored(delivery).attempts()).hasSize(1);
    assertThat(stored(delivery).state()).isInstanceOf(DeliveryState.Delivered.class);
  }

  @Test
  void storesAnOutcomeOnceIfTheStoreThrowsAfterTheWrite() throws Exception {
    var sender = failing(1);
    store.failAfterWrites(1);
    var delivery = added("a");
    try (var dispatcher = started(store, sender)) {
      passTimeUntilDue(store.changes().take(), dispatcher);
      assertThat(sender.awaitSettled().state()).isInstanceOf(DeliveryState.Delivered.class);
    }
    assertThat(stored(delivery).version()).isEqualTo(2);
    assertThat(stored(delivery).attempts())
        .extracting(DeliveryAttempt::statusCode)
        .containsExactly(500, 200);
  }

  @Test
  void claimsAgainAfterFailedClaims() throws Exception {
    var sender = failing(0);
    store.failClaims(3);
    added("a");
    try (var _ = started(store, sender)) {
      assertThat(sender.awaitSettled().ended()).isTrue();
    }
    assertThat(store.isDone()).isTrue();
  }

  @Test
  void drainWaitsForAttemptsInFlightAndStartsNone() throws Exception {
    var sender = new ScriptedSender(_ -> held());
    var first = added("a");
    try (var dispatcher = started(store, sender)) {
      assertThat(sender.awaitAttempt().id()).isEqualTo(first.id());
      var drained = draining(dispatcher, first);
      var second = added("a");
      dispatcher.wake();
      gate.countDown();
      assertThat(drained.get(20, TimeUnit.SECONDS)).isInstanceOf(DeliveryState.Delivered.class);
      assertThat(dispatcher.running()).isZero();
      assertThat(stored(second).version()).isZero();
    }
  }

  @Test
  void drainLeavesUnfinishedAttemptsToTheNextStart() throws Exception {
    var sender = new ScriptedSender(_ -> held());
    var delivery = added("a");
    try (var dispatcher = started(store, sender)) {
      assertThat(sender.awaitAttempt().id()).isEqualTo(delivery.id());
      var drained = draining(dispatcher, delivery);
      clock.advance(DRAIN_MAX);
      assertThat(drained.get(20, TimeUnit.SECONDS)).isInstanceOf(DeliveryState.Due.class);
      assertThat(dispatcher.running()).isEqualTo(1);
      var again = failing(0);
      try (var reopened = memory.reopened();
          var _ = started(reopened.deliveries(), again)) {
        assertThat(again.awaitSettled().id()).isEqualTo(delivery.id());
      }
      // The store of the unfinished attempt is closed, so its outcome is not reported.
      gate.countDown();
      dispatcher.drain(DRAIN_MAX);
      assertThat(sender.hasSettledMore()).isFalse();
    }
  }

  /// Drains on a separate thread, which waits when this returns.
  ///
  /// @return the state of the delivery at the end of the drain
  private CompletableFuture<DeliveryState> draining(
      DeliveryDispatcher dispatcher, Delivery delivery) throws InterruptedException {
    var drained = new CompletableFuture<DeliveryState>();
    Thread.ofVirtual()
        .name(AcceleratedThreads.WATCHED)
        .start(() -> {
          dispatcher.drain(DRAIN_MAX);
          drained.complete(stored(delivery).state());
        });
    assertThat(threads.watchedWaits().await(20, TimeUnit.SECONDS)).isTrue();
    return drained;
  }

  @Test
  void crashBetweenTwoAttemptsLosesNeither() throws Exception {
    var before = failing(1);
    var delivery = added("a");
    Delivery due;
    try (var _ = started(store, before)) {
      due = before.awaitSettled();
    }
    var after = failing(0);
    try (var reopened = memory.reopened();
        var dispatcher = started(reopened.deliveries(), after)) {
      passTimeUntilDue(due, dispatcher);
      var settled = after.awaitSettled();
      assertThat(settled.id()).isEqualTo(delivery.id());
      assertThat(settled.attempts())
          .extracting(DeliveryAttempt::statusCode)
          .containsExactly(500, 200);
      assertThat(reopened.deliveries().find(delivery.id()).orElseThrow().ended()).isTrue();
    }
  }

  @Test
  void notifiesOfACanceledOperation() throws Exception {
    var sender = failing(0);
    try (var deliveries = started(store, sender)) {
      var notifications =
          new EndNotifications(
              ended ->
                  Optional.of(
                      DeliverySamples.of(
                          ended.id(), new Delivery.Address("http://a/"), clock.instant())),
              deliveries::wake);
      var operations = new Samples(clock, 2);
      var running = operations.started(Samples.LEASE);
      memory.operations().accept(running, Content.EMPTY, Optional.empty());
      Upstream unused =
          _ -> Upstream.Outcome.without(new Verdict.Unusable(ErrorCode.INTERNAL, "irrelevant"));
      try (var dispatcher =
          TestDispatchers.dispatcher(memory.operations(), unused, notifications, threads, clock)) {
        assertThat(dispatcher.cancel(running.id())).contains(running.state());
        assertThat(sender.awaitSettled().id()).isEqualTo(running.id());
      }
    }
  }

  @Test
  void prunesDeliveriesByTheConfiguredRetention() throws Exception {
    try (var _ = started(store, failing(0))) {
      assertThat(store.prunes().take().retention()).isEqualTo(RETENTION);
    }
  }
}
