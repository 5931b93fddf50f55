package dev.backlane.store.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.execution.Upstream;
import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.ForwardingStore;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.memory.MemoryStore;
import java.io.InputStream;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A call whose stored request is damaged or missing ends, and is neither sent nor retried.
final class DamagedRequestTest {
  enum Damage {
    MISSING,
    TRUNCATED,
    UNREADABLE;

    Optional<StoredContent> content() {
      return switch (this) {
        case MISSING -> Optional.empty();
        case TRUNCATED -> Optional.of(new Damaged(3));
        case UNREADABLE -> Optional.of(new Damaged(Samples.REQUEST_BYTES));
      };
    }
  }

  private record Damaged(long length) implements StoredContent {
    @Override
    public InputStream open(long offset) {
      throw new StoreException.Damaged("altered");
    }
  }

  private final InstantSource clock = InstantSource.system();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicInteger sent = new AtomicInteger();

  @ParameterizedTest
  @EnumSource
  void endsWithoutBeingSent(Damage damage) throws Exception {
    var memory = new MemoryStore();
    var store =
        new ForwardingStore(memory.operations()) {
          @Override
          public Optional<StoredContent> content(Operation operation, Part part) {
            return damage.content();
          }

          @Override
          public boolean replace(
              Operation from, Operation to, Content response, Optional<Delivery> delivery) {
            boolean made = super.replace(from, to, response, delivery);
            if (to.ended()) {
              ended.countDown();
            }
            return made;
          }
        };
    Upstream upstream =
        _ -> {
          sent.incrementAndGet();
          return Upstream.Outcome.without(new Verdict.Unusable(ErrorCode.INTERNAL, "sent"));
        };
    var operation = new Samples(clock, 1).queued();
    store.accept(operation, Content.EMPTY, Optional.empty());
    try (var dispatcher = TestDispatchers.dispatcher(store, upstream, Threads.VIRTUAL, clock)) {
      dispatcher.start();
      assertThat(ended.await(20, TimeUnit.SECONDS)).as("ended").isTrue();
    }
    assertThat(sent).hasValue(0);
    var failed = (State.Failed) store.find(operation.id()).orElseThrow().state();
    assertThat(failed.code()).isEqualTo(ErrorCode.CONTENT_DAMAGED);
  }
}
