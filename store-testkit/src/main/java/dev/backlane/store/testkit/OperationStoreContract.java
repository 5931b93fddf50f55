package dev.backlane.store.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.StoreException;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Everything that [dev.backlane.engine.store.OperationStore] promises, as tests. A store's own test class extends this one
/// and says how to open it.
public abstract class OperationStoreContract extends RecordContract {
  @Test
  void anAcceptedOperationIsFoundAsItWasAlsoAfterARestart() throws Exception {
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
  void everyStateIsFoundAsItWasAlsoAfterARestart() throws Exception {
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
  void anUnknownOperationIsNotFound() {
    assertThat(store.find(samples.queued().id())).isEmpty();
  }

  @Test
  void credentialsLastUntilTheEndAndNoLonger() throws Exception {
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
  void theSameCallUnderTheSameKeyIsTheFirstOperation() throws Exception {
    var first = samples.queued();
    var key = Optional.of(Samples.key("key-1", "call", clock.instant().minus(RETENTION)));
    assertThat(store.accept(first, Content.EMPTY, key)).isEqualTo(new Acceptance.Stored());
    clock.advance(Duration.ofHours(20));
    var second = samples.queued();
    assertThat(store.accept(second, Content.EMPTY, key))
        .isEqualTo(new Acceptance.Repeated(first.id()));
    restart();
    assertThat(store.accept(second, Content.EMPTY, key))
        .isEqualTo(new Acceptance.Repeated(first.id()));
    assertThat(store.find(second.id())).isEmpty();
    assertThat(store.queued()).isEqualTo(1);
  }

  @Test
  void anotherCallUnderTheSameKeyIsTold() {
    var first = samples.queued();
    var since = clock.instant().minus(RETENTION);
    store.accept(first, Content.EMPTY, Optional.of(Samples.key("key-1", "call", since)));
    var second = samples.queued();
    assertThat(
            store.accept(
                second,
                new Content.Inline(new byte[] {1}),
                Optional.of(Samples.key("key-1", "other", since))))
        .isEqualTo(new Acceptance.KeyReused(first.id()));
    assertThat(store.find(second.id())).isEmpty();
    assertThat(store.content(second, Part.REQUEST)).isEmpty();
  }

  @Test
  void aKeyAlsoHoldsOnceItsOperationHasEnded() {
    var first = samples.started(Samples.LEASE);
    var key = Optional.of(Samples.key("key-1", "call", clock.instant().minus(RETENTION)));
    store.accept(first, Content.EMPTY, key);
    replaced(first, samples.finished(first, 0));
    assertThat(store.accept(samples.queued(), Content.EMPTY, key))
        .isEqualTo(new Acceptance.Repeated(first.id()));
  }

  @Test
  void ofManyAtOnceUnderOneKeyOneIsStored() throws Exception {
    var since = clock.instant().minus(RETENTION);
    for (int round = 0; round < 10; round++) {
      var key = Optional.of(Samples.key("key-" + round, "call", since));
      var came = together(20, () -> store.accept(samples.queued(), Content.EMPTY, key));
      assertThat(came).filteredOn(Acceptance.Stored.class::isInstance).hasSize(1);
      assertThat(came.stream().filter(Acceptance.Repeated.class::isInstance).distinct()).hasSize(1);
    }
    assertThat(store.queued()).isEqualTo(10);
  }

  @Test
  void keysOfOtherTenantsAndClientsAreOtherKeys() {
    var key = Optional.of(Samples.key("key-1", "call", clock.instant().minus(RETENTION)));
    for (var caller :
        List.of(
            new Caller("t1", "c1", ""),
            new Caller("t1", "c2", ""),
            new Caller("t2", "c1", ""),
            new Caller("t1c1", "", ""))) {
      assertThat(store.accept(samples.queued(caller), Content.EMPTY, key))
          .isEqualTo(new Acceptance.Stored());
    }
    assertThat(store.accept(samples.queued(new Caller("t1", "c1", "u9")), Content.EMPTY, key))
        .isInstanceOf(Acceptance.Repeated.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 23, 24, 25, 49})
  void aKeyIsGivenBackOnceItsOperationIsOlderThanItIsValid(int hours) {
    var first = samples.queued();
    store.accept(
        first,
        Content.EMPTY,
        Optional.of(Samples.key("key-1", "call", clock.instant().minus(RETENTION))));
    clock.advance(Duration.ofHours(hours));
    var came =
        store.accept(
            samples.queued(),
            Content.EMPTY,
            Optional.of(Samples.key("key-1", "call", clock.instant().minus(RETENTION))));
    assertThat(came)
        .isEqualTo(hours <= 24 ? new Acceptance.Repeated(first.id()) : new Acceptance.Stored());
  }

  @Test
  void aForgottenOperationGivesItsKeyBack() {
    var first = samples.started(Samples.LEASE);
    var key = Optional.of(Samples.key("key-1", "call", clock.instant().minus(RETENTION)));
    store.accept(first, Content.EMPTY, key);
    replaced(first, samples.finished(first, 0));
    store.prune(clock.advance(Duration.ofSeconds(1)));
    assertThat(store.accept(samples.queued(), Content.EMPTY, key))
        .isEqualTo(new Acceptance.Stored());
  }

  @Test
  void ofManyWhoReplaceTheSameVersionOneWins() throws Exception {
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
                return store.replace(running, samples.finished(running, 1), content) ? number : 0;
              });
      results.stream().filter(number -> number > 0).forEach(won::add);
      assertThat(won).hasSize(1);
      assertThat(read(running.id(), Part.RESPONSE, 0))
          .containsExactly(won.iterator().next().byteValue());
      assertThat(store.find(running.id()).orElseThrow().version()).isEqualTo(1);
    }
  }

  @Test
  void aStaleVersionReplacesNothing() {
    var running = accepted(samples.started(Samples.LEASE));
    var retrying = replaced(running, Samples.retrying(running, clock.instant()));
    assertThat(
            store.replace(
                running, samples.finished(running, 1), new Content.Inline(new byte[] {1})))
        .isFalse();
    assertThat(store.find(running.id())).contains(retrying);
    assertThat(store.content(running, Part.RESPONSE)).isEmpty();
  }

  @Test
  void aWorkerThatLostItsLeaseCannotSettle() {
    accepted(samples.queued());
    var lost = claim(1).getFirst();
    replaced(lost, Samples.retrying(lost, clock.instant()));
    var again = store.claim(1, UNLIMITED, new Lease("node-2", 2), clock.instant()).getFirst();
    assertThat(store.replace(lost, samples.finished(lost, 0), Content.EMPTY)).isFalse();
    assertThat(store.find(lost.id())).contains(again);
  }

  @Test
  void anUnknownOperationIsNotReplaced() {
    var never = samples.started(Samples.LEASE);
    assertThat(store.replace(never, samples.finished(never, 0), Content.EMPTY)).isFalse();
    assertThat(store.find(never.id())).isEmpty();
  }

  @Test
  void onlyTheNextVersionOfTheSameOperationIsTaken() {
    var one = accepted(samples.started(Samples.LEASE));
    var other = accepted(samples.started(Samples.LEASE));
    var skipping = samples.finished(Samples.retrying(one, clock.instant()), 0);
    assertThatThrownBy(() -> store.replace(one, samples.finished(other, 0), Content.EMPTY))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> store.replace(one, skipping, Content.EMPTY))
        .isInstanceOf(IllegalStateException.class);
    assertThat(store.find(one.id())).contains(one);
  }

  @Test
  void whatHasEndedDoesNotChange() {
    var finished = acceptedAndFinished();
    assertThatThrownBy(() -> store.replace(finished, samples.failed(finished), Content.EMPTY))
        .isInstanceOf(IllegalStateException.class);
    assertThat(store.find(finished.id())).contains(finished);
  }

  @Test
  void manyAcceptAtOnceAndAllIsThereAfterARestart() throws Exception {
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
  void aWorkingStoreProves() {
    store.probe();
  }

  @Test
  void aClosedStoreRefusesAndClosesAgain() {
    var running = accepted(samples.started(Samples.LEASE));
    opened.close();
    opened.close();
    for (Runnable call :
        List.<Runnable>of(
            () -> store.accept(samples.queued(), Content.EMPTY, Optional.empty()),
            () -> store.replace(running, samples.finished(running, 0), Content.EMPTY),
            () -> store.find(running.id()),
            () -> store.content(running, Part.REQUEST),
            () -> store.list(Samples.listing(Samples.CALLER, 1)),
            () -> store.leave("node-1"),
            () -> store.held("node-1"),
            () -> store.renew("node-1", RETENTION, clock.instant()),
            () -> store.prune(Instant.EPOCH),
            () -> store.spool(running.id(), Samples.TENANT, Part.RESPONSE),
            () -> store.probe())) {
      assertThatThrownBy(call::run)
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("closed");
    }
  }
}
