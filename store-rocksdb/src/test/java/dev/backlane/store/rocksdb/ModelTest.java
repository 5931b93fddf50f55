package dev.backlane.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.engine.store.memory.MemoryStore;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.store.testkit.Samples;
import dev.backlane.store.testkit.SettableClock;
import dev.backlane.store.testkit.UnlimitedPermits;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Applies random commands to the store and to the memory store as its model, and compares all
/// results. The same seed produces the same commands.
final class ModelTest {
  private static final Permits UNLIMITED = new UnlimitedPermits();

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void returnsTheSameResultsAsTheModel(long seed) {
    var random = new Random(seed);
    var clock = new SettableClock(Instant.parse("2026-11-24T10:00:00Z"));
    var samples = new Samples(clock, seed);
    var known = new ArrayList<OperationId>();
    var model = new MemoryStore();
    var store = RocksStore.open(directory);
    try {
      for (int step = 0; step < 600; step++) {
        clock.advance(Duration.ofSeconds(random.nextInt(1, 1_200)));
        switch (random.nextInt(10)) {
          case 0, 1, 2, 3 -> {
            var operation =
                random.nextInt(4) == 0 ? samples.started(Samples.LEASE) : samples.queued();
            var content = new Content.Inline(Samples.bytes(random.nextInt(1, 3_000), step));
            Optional<IdempotencyKey> key =
                random.nextBoolean()
                    ? Optional.empty()
                    : Optional.of(Samples.key("k" + random.nextInt(40), "c" + random.nextInt(2)));
            assertThat(store.operations().accept(operation, content, key))
                .isEqualTo(model.operations().accept(operation, content, key));
            known.add(operation.id());
          }
          case 4 -> {
            int max = random.nextInt(1, 5);
            assertThat(store.operations().claim(max, UNLIMITED, Samples.LEASE, clock.instant()))
                .isEqualTo(
                    model.operations().claim(max, UNLIMITED, Samples.LEASE, clock.instant()));
          }
          case 5, 6, 7 -> {
            if (!known.isEmpty()) {
              var found = model.operations().find(known.get(random.nextInt(known.size())));
              if (found.isPresent() && !found.get().ended()) {
                var from = found.get();
                var to = next(samples, from, random, clock.instant());
                var content = to.ended() ? new Content.Inline(new byte[] {1, 2}) : Content.EMPTY;
                assertThat(store.operations().replace(from, to, content, Optional.empty()))
                    .isEqualTo(model.operations().replace(from, to, content, Optional.empty()));
                assertThat(store.operations().replace(from, to, content, Optional.empty()))
                    .isEqualTo(model.operations().replace(from, to, content, Optional.empty()))
                    .isFalse();
              }
            }
          }
          case 8 -> {
            var elapsed =
                new RetentionStep(
                    Duration.ofHours(24),
                    Duration.ofMinutes(random.nextInt(1, 300)),
                    clock.instant());
            store.operations().prune(elapsed);
            model.operations().prune(elapsed);
          }
          default -> {
            if (random.nextInt(5) == 0) {
              store.close();
              store = RocksStore.open(directory);
              model = model.reopened();
            }
          }
        }
        var last =
            known.isEmpty()
                ? Optional.<OperationId>empty()
                : Optional.of(known.get(random.nextInt(known.size())));
        if (last.isPresent()) {
          assertThat(store.operations().find(last.get()))
              .isEqualTo(model.operations().find(last.get()));
        }
        var holder = Samples.LEASE.holder();
        assertThat(store.operations().held(holder)).isEqualTo(model.operations().held(holder));
      }
      var all = Samples.listing(Samples.CALLER, 200);
      assertThat(store.operations().list(all).operations())
          .isEqualTo(model.operations().list(all).operations());
    } finally {
      store.close();
    }
  }

  private static Operation next(Samples samples, Operation from, Random random, Instant now) {
    int choice = random.nextInt(3);
    if (choice == 0 && from.state() instanceof State.Running) {
      return Samples.retrying(from, now.plusSeconds(random.nextInt(5_000)));
    }
    return choice == 1 ? samples.canceled(from) : samples.finished(from, 2);
  }
}
