package dev.backlane.store.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.Heartbeat;
import dev.backlane.engine.store.Replacement;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.store.testkit.Samples;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Operations are found as they were stored, change version by version, and survive a restart.
abstract class OperationsContract extends StoreTopic {
  OperationsContract(StoreFixture fixture) {
    super(fixture);
  }

  @Test
  void findsAnAcceptedOperationAfterARestart() throws Exception {
    var operations =
        List.of(
            accepted(samples.queued()),
            accepted(samples.started(new Lease("node-æ", -7))),
            accepted(samples.referring("ref ✓")),
            accepted(samples.queued(new Caller("", "anonymous", ""))));
    for (int run = 0; run < 2; run++) {
      for (var operation : operations) {
        assertThat(store.find(operation.id())).contains(operation);
      }
      restart();
    }
  }

  @Test
  void findsEveryStateAfterARestart() throws Exception {
    var stored = new ArrayList<Operation>();
    var retried = accepted(samples.started(Samples.LEASE));
    stored.add(
        replaced(retried, Samples.retrying(retried, clock.instant().plusNanos(123_456_789))));
    stored.add(acceptedAndFinished());
    var failing = accepted(samples.started(Samples.LEASE));
    stored.add(replaced(failing, samples.failed(failing)));
    var canceling = accepted(samples.queued());
    stored.add(replaced(canceling, samples.canceled(canceling)));
    for (int run = 0; run < 2; run++) {
      for (var operation : stored) {
        assertThat(store.find(operation.id())).contains(operation);
      }
      restart();
    }
  }

  @Test
  void doesNotFindAnUnknownOperation() {
    assertThat(store.find(samples.queued().id())).isEmpty();
  }

  @Test
  void deletesCredentialsWhenAnOperationEnds() throws Exception {
    var running = accepted(samples.started(Samples.LEASE));
    var retrying = replaced(running, Samples.retrying(running, clock.instant()));
    assertThat(store.find(running.id()).orElseThrow().credentials())
        .isEqualTo(running.credentials());
    var again = claim(1).getFirst();
    assertThat(again.credentials()).isEqualTo(retrying.credentials());
    replaced(again, samples.finished(again, 0));
    restart();
    assertThat(store.find(running.id()).orElseThrow().credentials().isEmpty()).isTrue();
  }

  @Test
  void replacesAVersionOnceUnderConcurrentChanges() throws Exception {
    for (int round = 0; round < 10; round++) {
      var running = accepted(samples.started(Samples.LEASE));
      var numbers = new AtomicInteger();
      var won = new HashSet<Integer>();
      var results =
          together(
              50,
              () -> {
                int number = numbers.incrementAndGet();
                var content = new Content.Inline(new byte[] {(byte) number});
                return store.replace(
                        running, samples.finished(running, 1), content, Optional.empty())
                    ? number
                    : 0;
              });
      results.stream().filter(number -> number > 0).forEach(won::add);
      assertThat(won).hasSize(1);
      assertThat(read(running.id(), Part.RESPONSE, 0))
          .containsExactly(won.iterator().next().byteValue());
      assertThat(store.find(running.id()).orElseThrow().version()).isEqualTo(1);
    }
  }

  @Test
  void replacesNothingFromAStaleVersion() {
    var running = accepted(samples.started(Samples.LEASE));
    var retrying = replaced(running, Samples.retrying(running, clock.instant()));
    assertThat(
            store.replace(
                running,
                samples.finished(running, 1),
                new Content.Inline(new byte[] {1}),
                Optional.empty()))
        .isFalse();
    assertThat(store.find(running.id())).contains(retrying);
    assertThat(store.content(running, Part.RESPONSE)).isEmpty();
  }

  @Test
  void refusesAWorkerThatLostItsLease() {
    accepted(samples.queued());
    var lost = claim(1).getFirst();
    replaced(lost, Samples.retrying(lost, clock.instant()));
    var again = store.claim(1, UNLIMITED, new Lease("node-2", 2), clock.instant()).getFirst();
    assertThat(store.replace(lost, samples.finished(lost, 0), Content.EMPTY, Optional.empty()))
        .isFalse();
    assertThat(store.find(lost.id())).contains(again);
  }

  @Test
  void doesNotReplaceAnUnknownOperation() {
    var never = samples.started(Samples.LEASE);
    assertThat(store.replace(never, samples.finished(never, 0), Content.EMPTY, Optional.empty()))
        .isFalse();
    assertThat(store.find(never.id())).isEmpty();
  }

  @Test
  void acceptsOnlyTheNextVersionOfTheSameOperation() {
    var one = accepted(samples.started(Samples.LEASE));
    var other = accepted(samples.started(Samples.LEASE));
    var skipping = samples.finished(Samples.retrying(one, clock.instant()), 0);
    assertThatThrownBy(
            () -> store.replace(one, samples.finished(other, 0), Content.EMPTY, Optional.empty()))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> store.replace(one, skipping, Content.EMPTY, Optional.empty()))
        .isInstanceOf(IllegalStateException.class);
    assertThat(store.find(one.id())).contains(one);
  }

  @Test
  void neverChangesAnEndedOperation() {
    var finished = acceptedAndFinished();
    assertThatThrownBy(() ->
            store.replace(finished, samples.failed(finished), Content.EMPTY, Optional.empty()))
        .isInstanceOf(IllegalStateException.class);
    assertThat(store.find(finished.id())).contains(finished);
  }

  @Test
  void findsConcurrentAcceptsAfterARestart() throws Exception {
    var stored =
        together(
            64,
            () -> {
              var mine = new ArrayList<Operation>();
              for (int i = 0; i < 20; i++) {
                mine.add(accepted(samples.queued()));
              }
              return mine;
            });
    restart();
    assertThat(store.queued()).isEqualTo(64 * 20);
    for (var operation : stored.stream().flatMap(List::stream).toList()) {
      assertThat(store.find(operation.id())).contains(operation);
    }
  }

  @Test
  void probeSucceedsOnAWorkingStore() {
    store.probe();
  }

  @Test
  void refusesCallsAfterCloseAndCanCloseAgain() {
    var running = accepted(samples.started(Samples.LEASE));
    opened.close();
    opened.close();
    for (Runnable call :
        List.<Runnable>of(
            () -> store.accept(samples.queued(), Content.EMPTY, Optional.empty()),
            () ->
                store.replace(
                    running, samples.finished(running, 0), Content.EMPTY, Optional.empty()),
            () -> store.find(running.id()),
            () -> store.content(running, Part.REQUEST),
            () -> store.list(Samples.listing(Samples.CALLER, 1)),
            () -> store.leave("node-1"),
            () -> store.held("node-1"),
            () -> store.renew("node-1", RETENTION, List.of()),
            () -> store.expire(new Heartbeat("node-1", 1, RETENTION, RETENTION)),
            () ->
                store.replaceAll(
                    List.of(
                        new Replacement(running, samples.finished(running, 0), Optional.empty()))),
            () -> store.setAside(running.id(), 0, (State.Failed) samples.failed(running).state()),
            () -> store.findAll(List.of(running.id())),
            () -> prune(Duration.ZERO),
            () -> store.spool(running.id(), Samples.TENANT, Part.RESPONSE),
            () -> store.probe())) {
      assertThatThrownBy(call::run)
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("closed");
    }
  }
}
