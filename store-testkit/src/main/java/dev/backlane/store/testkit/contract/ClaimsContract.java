package dev.backlane.store.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.queue.QueueKey;
import dev.backlane.store.testkit.Samples;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// The queue of operations: claims and permits.
abstract class ClaimsContract extends StoreTopic {
  ClaimsContract(StoreFixture fixture) {
    super(fixture);
  }

  @Test
  void claimsAtMostMaxOperationsInOrderOfDueTime() throws Exception {
    var first = accepted(samples.queued());
    clock.advance(Duration.ofSeconds(1));
    var second = accepted(samples.queued());
    clock.advance(Duration.ofSeconds(1));
    var third = accepted(samples.queued());
    var lease = new Lease("node-2", 99);
    var claimed = store.claim(2, UNLIMITED, lease, clock.instant());
    assertThat(claimed).extracting(Operation::id).containsExactly(first.id(), second.id());
    assertThat(claimed)
        .allSatisfy(op ->
            assertThat(op.state())
                .isEqualTo(new State.Running(1, Optional.of(clock.instant()), lease)));
    assertThat(claimed).allSatisfy(op -> assertThat(store.find(op.id())).contains(op));
    restart();
    assertThat(claim(10)).extracting(Operation::id).containsExactly(third.id());
    assertThat(claim(10)).isEmpty();
  }

  @Test
  void claimsNoOperationBeforeItIsDue() throws Exception {
    var running = accepted(samples.started(Samples.LEASE));
    var due = clock.instant().plusSeconds(60);
    replaced(running, Samples.retrying(running, due));
    assertThat(store.nextDue(UNLIMITED)).contains(due);
    assertThat(claim(1)).isEmpty();
    restart();
    assertThat(store.nextDue(UNLIMITED)).contains(due);
    clock.set(due.minusMillis(1));
    assertThat(claim(1)).isEmpty();
    clock.set(due);
    assertThat(claim(1)).extracting(op -> op.state().attempt()).containsExactly(2);
    assertThat(store.nextDue(UNLIMITED)).isEmpty();
  }

  @Test
  void retryKeepsTheStartTimeOfTheFirstAttempt() {
    accepted(samples.queued());
    var first = claim(1).getFirst();
    clock.advance(Duration.ofSeconds(5));
    replaced(first, Samples.retrying(first, clock.instant()));
    assertThat(claim(1).getFirst().state().startedAt()).isEqualTo(first.state().startedAt());
  }

  @Test
  void neverClaimsACanceledOperation() throws Exception {
    var queued = accepted(samples.queued());
    replaced(queued, samples.canceled(queued));
    var other = accepted(samples.queued());
    assertThat(claim(1)).extracting(Operation::id).containsExactly(other.id());
    assertThat(claim(1)).isEmpty();
    restart();
    assertThat(claim(1)).isEmpty();
  }

  @Test
  void doesNotClaimAnOperationStoredAsRunning() {
    accepted(samples.started(Samples.LEASE));
    assertThat(claim(1)).isEmpty();
    assertThat(store.queued()).isZero();
  }

  @Test
  void claimsNoOperationTwiceUnderConcurrentClaims() throws Exception {
    int operations = 400;
    for (int i = 0; i < operations; i++) {
      accepted(samples.queued());
    }
    var tokens = new AtomicInteger();
    var claimed =
        together(
            16,
            () -> {
              var mine = new ArrayList<Operation>();
              for (var batch = take(tokens); !batch.isEmpty(); batch = take(tokens)) {
                mine.addAll(batch);
              }
              return mine;
            });
    var ids = claimed.stream().flatMap(List::stream).map(Operation::id).toList();
    assertThat(ids).hasSize(operations).doesNotHaveDuplicates();
    assertThat(store.queued()).isZero();
  }

  private List<Operation> take(AtomicInteger tokens) {
    return store.claim(7, UNLIMITED, new Lease("node", tokens.incrementAndGet()), clock.instant());
  }

  @Test
  void servesTenantsInRotation() throws Exception {
    for (int i = 0; i < 30; i++) {
      accepted(samples.queued(new Caller("many", "c", "")));
    }
    clock.advance(Duration.ofSeconds(1));
    accepted(samples.queued(new Caller("few", "c", "")));
    accepted(samples.queued(new Caller("few", "c", "")));
    for (int run = 0; run < 2; run++) {
      assertThat(claim(2))
          .extracting(operation -> operation.caller().tenant())
          .containsExactlyInAnyOrder("many", "few");
      restart();
    }
  }

  @Test
  void tenantWithoutPermitDoesNotBlockOthers() {
    for (int i = 0; i < 5; i++) {
      accepted(samples.queued(new Caller("one", "c", "")));
    }
    clock.advance(Duration.ofSeconds(1));
    accepted(samples.queued(new Caller("other", "c", "")));
    var permits = new CountingPermits(2, 100);

    assertThat(store.claim(10, permits, Samples.LEASE, clock.instant()))
        .extracting(operation -> operation.caller().tenant())
        .containsExactlyInAnyOrder("one", "one", "other");
    assertThat(permits.inUse()).isEqualTo(3);
    assertThat(store.nextDue(permits)).isEmpty();
    permits.release(new QueueKey("one", Samples.ROUTE));
    assertThat(store.nextDue(permits)).isPresent();
    assertThat(store.claim(10, permits, Samples.LEASE, clock.instant())).hasSize(1);
  }

  @Test
  void routeWithoutPermitWaits() {
    accepted(samples.queued());
    accepted(samples.queued());
    var permits = new CountingPermits(100, 1);

    assertThat(store.claim(10, permits, Samples.LEASE, clock.instant())).hasSize(1);
    assertThat(store.claim(10, permits, Samples.LEASE, clock.instant())).isEmpty();
    assertThat(store.queued()).isEqualTo(1);
  }

  @Test
  void losesNoQueueEntryIfTheClockIsSetBack() {
    accepted(samples.queued());
    var noPermits = new CountingPermits(0, 0);
    var earlier = clock.instant().minusSeconds(1);

    assertThat(store.claim(1, noPermits, Samples.LEASE, clock.instant())).isEmpty();
    assertThat(store.claim(1, UNLIMITED, Samples.LEASE, earlier)).isEmpty();
    assertThat(claim(1)).hasSize(1);
  }

  @Test
  void releasesPermitsOfOperationsItDoesNotReturn() {
    var canceled = accepted(samples.queued());
    replaced(canceled, samples.canceled(canceled));
    accepted(samples.queued());
    var permits = new CountingPermits(100, 100);

    assertThat(store.claim(10, permits, Samples.LEASE, clock.instant())).hasSize(1);
    assertThat(permits.inUse()).isEqualTo(1);
  }

  @Test
  void rebuildsTheQueueOnOpening() throws Exception {
    for (int i = 0; i < 5; i++) {
      accepted(samples.queued());
    }
    assertThat(store.queued()).isEqualTo(5);
    claim(2);
    assertThat(store.queued()).isEqualTo(3);
    restart();
    assertThat(store.queued()).isEqualTo(3);
    assertThat(store.nextDue(UNLIMITED)).contains(clock.instant());
  }

  @Test
  void countsWaitingOperationsOfEachTenant() throws Exception {
    var other = new Caller("tenant-2", "client-1", "user-1");
    for (int i = 0; i < 3; i++) {
      accepted(samples.queued());
    }
    accepted(samples.queued(other));
    var running = accepted(samples.started(Samples.LEASE));
    assertWaiting(3, 1);
    assertThat(store.queued("tenant-3")).isZero();
    claim(2);
    assertWaiting(2, 0);
    replaced(running, Samples.retrying(running, clock.instant().plusSeconds(60)));
    assertWaiting(3, 0);
    restart();
    assertWaiting(3, 0);
  }

  private void assertWaiting(long ofFirst, long ofSecond) {
    assertThat(store.queued(Samples.TENANT)).isEqualTo(ofFirst);
    assertThat(store.queued("tenant-2")).isEqualTo(ofSecond);
    assertThat(store.queued()).isEqualTo(ofFirst + ofSecond);
  }
}
