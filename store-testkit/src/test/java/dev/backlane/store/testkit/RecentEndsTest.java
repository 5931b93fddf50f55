package dev.backlane.store.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.ForwardingStore;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.cache.RecentEnds;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.engine.store.memory.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class RecentEndsTest {
  private static final Instant NOW = Instant.parse("2026-11-30T03:00:00Z");
  private static final int KEPT_MAX = 2_048;

  private final Samples samples = new Samples(() -> NOW, 1);
  private final CountedReads stored = new CountedReads(new MemoryStore().operations());
  private final RecentEnds store = new RecentEnds(stored);

  private static final class CountedReads extends ForwardingStore {
    private int reads;

    CountedReads(OperationStore store) {
      super(store);
    }

    @Override
    public Optional<Operation> find(OperationId id) {
      reads++;
      return super.find(id);
    }
  }

  private Operation running() {
    var running = samples.started(Samples.LEASE);
    store.accept(running, new Content.Inline(new byte[Samples.REQUEST_BYTES]), Optional.empty());
    return running;
  }

  private Operation replaced(Operation from, Operation to) {
    assertThat(store.replace(from, to, Content.EMPTY, Optional.empty())).isTrue();
    return to;
  }

  private Operation finished() {
    var running = running();
    return replaced(running, samples.finished(running, 0));
  }

  private int readsToFind(Operation expected) {
    int before = stored.reads;
    assertThat(store.find(expected.id())).contains(expected);
    return stored.reads - before;
  }

  @Test
  void findsAnEndedOperationWithoutTheStore() {
    assertThat(readsToFind(finished())).isZero();
    var running = running();
    assertThat(readsToFind(replaced(running, samples.failed(running)))).isZero();
  }

  @Test
  void readsOtherOperationsFromTheStore() {
    var running = running();
    assertThat(readsToFind(running)).isOne();
    assertThat(readsToFind(replaced(running, Samples.retrying(running, NOW)))).isOne();
  }

  @Test
  void keepsNoVersionThatWasNotStored() {
    var running = running();
    var winner = replaced(running, samples.failed(running));
    var loser = samples.finished(running, 0);
    assertThat(store.replace(running, loser, Content.EMPTY, Optional.empty())).isFalse();
    assertThat(store.find(running.id())).contains(winner);
  }

  @Test
  void discardsAllAtAPrune() {
    var ended = finished();
    store.prune(new RetentionStep(Duration.ofHours(1), Duration.ZERO, NOW));
    assertThat(readsToFind(ended)).isOne();
  }

  @Test
  void discardsAllOnRequest() {
    var ended = finished();
    store.clear();
    assertThat(readsToFind(ended)).isOne();
  }

  @Test
  void discardsTheOldestBeyondItsLimit() {
    var all = new ArrayList<Operation>();
    for (int each = 0; each <= KEPT_MAX; each++) {
      all.add(finished());
    }
    assertThat(readsToFind(all.getFirst())).isOne();
    assertThat(readsToFind(all.get(1))).isZero();
    assertThat(readsToFind(all.getLast())).isZero();
  }

  @Test
  void readsLargeOperationsFromTheStore() {
    var running = running();
    var large = new Response(200, List.of(new Header("X-Large", "x".repeat(2_000))), 0);
    var end = new State.Finished(1, Optional.of(NOW), NOW, large);
    assertThat(readsToFind(replaced(running, running.to(end)))).isOne();
  }
}
