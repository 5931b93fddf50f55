package dev.backlane.store.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.store.testkit.Samples;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Pruning deletes the operations that have ended and that are older than a cutoff.
abstract class PruningContract extends StoreTopic {
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
    store.prune(clock.advance(RETENTION));
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
    var pruned = acceptedAndFinished();
    var running = accepted(samples.started(Samples.LEASE));
    acceptedAndFinished();
    store.prune(clock.advance(RETENTION.multipliedBy(3)));
    for (int run = 0; run < 2; run++) {
      assertThat(store.find(queued.id())).contains(queued);
      assertThat(store.find(running.id())).contains(running);
      assertThat(store.find(pruned.id())).isEmpty();
      assertThat(read(queued.id(), Part.REQUEST, 0)).isEqualTo(body);
      assertThat(store.list(Samples.listing(Samples.CALLER, 10)).operations())
          .containsExactly(running, queued);
      restart();
    }
    assertThat(claim(10)).extracting(Operation::id).containsExactly(queued.id());
  }

  @Test
  void prunesAnUnfinishedOperationOnceItHasEnded() {
    var running = accepted(samples.started(Samples.LEASE));
    var cutoff = clock.advance(RETENTION);
    store.prune(cutoff);
    assertThat(store.find(running.id())).contains(running);
    replaced(running, samples.finished(running, 0));
    store.prune(cutoff);
    assertThat(store.find(running.id())).isEmpty();
  }

  @Test
  void excludesTheCutoffFromPruning() {
    var before = acceptedAndFinished();
    var cutoff = clock.advance(Duration.ofMillis(1));
    var at = acceptedAndFinished();
    store.prune(cutoff);
    assertThat(store.find(before.id())).isEmpty();
    assertThat(store.find(at.id())).contains(at);
    assertThat(store.list(Samples.listing(Samples.CALLER, 10)).operations()).containsExactly(at);
  }

  @Test
  void canPruneTheSameCutoffTwice() {
    for (int day = 0; day < 5; day++) {
      var operation = acceptedAndFinished();
      clock.advance(Duration.ofHours(30));
      store.prune(clock.instant().minus(RETENTION));
      store.prune(clock.instant().minus(RETENTION));
      assertThat(store.find(operation.id())).isEmpty();
    }
  }

  @Test
  void cannotReplaceAPrunedOperation() {
    var running = accepted(samples.started(Samples.LEASE));
    replaced(running, samples.finished(running, 0));
    store.prune(clock.advance(RETENTION));
    assertThat(store.replace(running, samples.failed(running), Content.EMPTY, Optional.empty()))
        .isFalse();
    assertThat(store.find(running.id())).isEmpty();
  }
}
