package dev.backlane.store.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.store.testkit.Samples;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// One operation is stored per caller and idempotency key until the key expires or is pruned.
abstract class IdempotencyKeysContract extends StoreTopic {
  IdempotencyKeysContract(StoreFixture fixture) {
    super(fixture);
  }

  @Test
  void returnsTheFirstOperationForTheSameCallAndKey() throws Exception {
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
  void reportsADifferentCallWithTheSameKey() {
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
  void keyStaysInUseAfterItsOperationHasEnded() {
    var first = samples.started(Samples.LEASE);
    var key = Optional.of(Samples.key("key-1", "call", clock.instant().minus(RETENTION)));
    store.accept(first, Content.EMPTY, key);
    replaced(first, samples.finished(first, 0));
    assertThat(store.accept(samples.queued(), Content.EMPTY, key))
        .isEqualTo(new Acceptance.Repeated(first.id()));
  }

  @Test
  void storesOneOfManyConcurrentCallsWithOneKey() throws Exception {
    var since = clock.instant().minus(RETENTION);
    for (int round = 0; round < 10; round++) {
      var key = Optional.of(Samples.key("key-" + round, "call", since));
      var results = together(20, () -> store.accept(samples.queued(), Content.EMPTY, key));
      assertThat(results).filteredOn(Acceptance.Stored.class::isInstance).hasSize(1);
      assertThat(results.stream().filter(Acceptance.Repeated.class::isInstance).distinct())
          .hasSize(1);
    }
    assertThat(store.queued()).isEqualTo(10);
  }

  @Test
  void separatesKeysByTenantAndClient() {
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
  void keyExpiresWithTheAgeOfItsOperation(int hours) {
    var first = samples.queued();
    store.accept(
        first,
        Content.EMPTY,
        Optional.of(Samples.key("key-1", "call", clock.instant().minus(RETENTION))));
    clock.advance(Duration.ofHours(hours));
    var results =
        store.accept(
            samples.queued(),
            Content.EMPTY,
            Optional.of(Samples.key("key-1", "call", clock.instant().minus(RETENTION))));
    assertThat(results)
        .isEqualTo(hours <= 24 ? new Acceptance.Repeated(first.id()) : new Acceptance.Stored());
  }

  @Test
  void releasesTheKeyOfAPrunedOperation() {
    var first = samples.started(Samples.LEASE);
    var key = Optional.of(Samples.key("key-1", "call", clock.instant().minus(RETENTION)));
    store.accept(first, Content.EMPTY, key);
    replaced(first, samples.finished(first, 0));
    store.prune(clock.advance(Duration.ofSeconds(1)));
    assertThat(store.accept(samples.queued(), Content.EMPTY, key))
        .isEqualTo(new Acceptance.Stored());
  }
}
