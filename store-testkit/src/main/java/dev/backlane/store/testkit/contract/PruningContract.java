package dev.backlane.store.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.store.testkit.Samples;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Pruning deletes the operations that ended longer ago than the retention, in observed time.
abstract class PruningContract extends StoreTopic {
  /// More than the time by which an operation can be kept longer because of another one.
  private static final Duration APART = Duration.ofHours(2);

  private static final Duration MINUTE = Duration.ofMinutes(1);

  PruningContract(StoreFixture fixture) {
    super(fixture);
  }

  @Test
  void prunesEndedOperationsWithContentsAndListing() throws Exception {
    var operation = samples.started(Samples.LEASE);
    byte[] large = Samples.bytes(100_000, 5);
    store.accept(operation, new Content.Inline(new byte[] {1}), Optional.empty());
    store.replace(
        operation,
        samples.finished(operation, large.length),
        spooled(operation.id(), Part.RESPONSE, large),
        Optional.empty());
    expire();
    for (int run = 0; run < 2; run++) {
      assertThat(store.find(operation.id())).isEmpty();
      assertThat(store.content(operation, Part.REQUEST)).isEmpty();
      assertThat(store.content(operation, Part.RESPONSE)).isEmpty();
      assertThat(store.list(Samples.listing(Samples.CALLER, 10)).operations()).isEmpty();
      restart();
    }
  }

  @Test
  void keepsUnfinishedOperationsOfAnyAge() throws Exception {
    acceptedAndFinished();
    var queued = samples.queued();
    byte[] body = Samples.bytes(100_000, 5);
    store.accept(queued, spooled(queued.id(), Part.REQUEST, body), Optional.empty());
    clock.advance(APART);
    var pruned = acceptedAndFinished();
    clock.advance(APART);
    var running = accepted(samples.started(Samples.LEASE));
    clock.advance(APART);
    acceptedAndFinished();
    pass(RETENTION.multipliedBy(3));
    for (int run = 0; run < 2; run++) {
      assertThat(store.find(queued.id())).contains(queued);
      assertThat(store.find(running.id())).contains(running);
      assertThat(store.find(pruned.id())).isEmpty();
      assertThat(read(queued.id(), Part.REQUEST, 0)).isEqualTo(body);
      assertThat(store.list(Samples.listing(Samples.CALLER, 10)).operations())
          .contains(running, queued);
      restart();
    }
    assertThat(claim(10)).extracting(Operation::id).containsExactly(queued.id());
  }

  @Test
  void keepsAnOperationForTheRetentionAfterItsEnd() throws Exception {
    var running = accepted(samples.started(Samples.LEASE));
    pass(RETENTION.multipliedBy(2));
    var ended = samples.finished(running, 1);
    store.replace(running, ended, new Content.Inline(new byte[] {7}), Optional.empty());
    restart();
    pass(RETENTION);
    assertThat(store.find(running.id())).contains(ended);
    assertThat(read(running.id(), Part.RESPONSE, 0)).containsExactly(7);
    assertThat(store.list(Samples.listing(Samples.CALLER, 10)).operations()).containsExactly(ended);
    expire();
    assertThat(store.find(running.id())).isEmpty();
  }

  @Test
  void aLateEndKeepsNoOperationsOfOtherTimes() {
    var early = acceptedAndFinished();
    clock.advance(APART);
    var running = accepted(samples.started(Samples.LEASE));
    clock.advance(APART);
    var later = acceptedAndFinished();
    pass(RETENTION.dividedBy(2));
    var late = replaced(running, samples.finished(running, 0));
    pass(RETENTION.dividedBy(2).plusMinutes(10));
    assertThat(store.find(early.id())).isEmpty();
    assertThat(store.find(later.id())).isEmpty();
    assertThat(store.find(late.id())).contains(late);
  }

  @Test
  void aJumpOfTheClockRemovesNothing() throws Exception {
    var jump = Duration.ofHours(30);
    var old = acceptedAndFinished();
    pass(MINUTE);
    clock.advance(jump);
    prune(MINUTE);
    assertThat(store.find(old.id())).contains(old);
    var during = acceptedAndFinished();
    restart();
    clock.advance(jump.negated());
    prune(MINUTE);
    for (var hour = 0; hour < 23; hour++) {
      pass(Duration.ofHours(1));
    }
    var present = acceptedAndFinished();
    pass(MINUTE);
    assertThat(store.find(old.id())).contains(old);
    assertThat(store.find(during.id())).contains(during);
    assertThat(store.find(present.id())).contains(present);
    expire();
    assertThat(store.find(old.id())).isEmpty();
    pass(jump);
    assertThat(store.find(during.id())).isEmpty();
    assertThat(store.find(present.id())).isEmpty();
  }

  @Test
  void theTimeBetweenTwoProcessesIsNotObserved() throws Exception {
    var ended = acceptedAndFinished();
    pass(RETENTION.dividedBy(2));
    restart();
    clock.advance(RETENTION.multipliedBy(2));
    prune(MINUTE);
    assertThat(store.find(ended.id())).contains(ended);
    pass(RETENTION.dividedBy(2).plusMinutes(3));
    assertThat(store.find(ended.id())).isEmpty();
  }

  @Test
  void prunesDayAfterDay() {
    for (int day = 0; day < 5; day++) {
      var operation = acceptedAndFinished();
      pass(Duration.ofHours(30));
      prune(Duration.ZERO);
      assertThat(store.find(operation.id())).isEmpty();
    }
  }

  @Test
  void cannotReplaceAPrunedOperation() {
    var running = accepted(samples.started(Samples.LEASE));
    replaced(running, samples.finished(running, 0));
    expire();
    assertThat(store.replace(running, samples.failed(running), Content.EMPTY, Optional.empty()))
        .isFalse();
    assertThat(store.find(running.id())).isEmpty();
  }

  @Test
  void knowsALatestTimeThatHasPassed() throws Exception {
    pass(MINUTE);
    var now = clock.instant();
    assertThat(opened.latestTime()).isEqualTo(now);
    restart();
    clock.advance(RETENTION.negated());
    prune(MINUTE);
    assertThat(opened.latestTime()).isEqualTo(now);
  }
}
