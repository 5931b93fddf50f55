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

/// One operation is stored per caller and idempotency key while that operation is kept.
abstract class IdempotencyKeysContract extends StoreTopic {
  IdempotencyKeysContract(StoreFixture fixture) {
    super(fixture);
  }

  @Test
  void returnsTheFirstOperationForTheSameCallAndKey() throws Exception {
    var first = samples.queued();
    var key = Optional.of(Samples.key("key-1", "call"));
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
    store.accept(first, Content.EMPTY, Optional.of(Samples.key("key-1", "call")));
    var second = samples.queued();
    assertThat(
            store.accept(
                second,
                new Content.Inline(new byte[] {1}),
                Optional.of(Samples.key("key-1", "other"))))
        .isEqualTo(new Acceptance.KeyReused(first.id()));
    assertThat(store.find(second.id())).isEmpty();
    assertThat(store.content(second, Part.REQUEST)).isEmpty();
  }

  @Test
  void keyStaysInUseAfterItsOperationHasEnded() {
    var first = samples.started(Samples.LEASE);
    var key = Optional.of(Samples.key("key-1", "call"));
    store.accept(first, Content.EMPTY, key);
    replaced(first, samples.finished(first, 0));
    assertThat(store.accept(samples.queued(), Content.EMPTY, key))
        .isEqualTo(new Acceptance.Repeated(first.id()));
  }

  @Test
  void storesOneOfManyConcurrentCallsWithOneKey() throws Exception {
    for (int round = 0; round < 10; round++) {
      var key = Optional.of(Samples.key("key-" + round, "call"));
      var results = together(20, () -> store.accept(samples.queued(), Content.EMPTY, key));
      assertThat(results).filteredOn(Acceptance.Stored.class::isInstance).hasSize(1);
      assertThat(results.stream().filter(Acceptance.Repeated.class::isInstance).distinct())
          .hasSize(1);
    }
    assertThat(store.queued()).isEqualTo(10);
  }

  @Test
  void separatesKeysByTenantAndClient() {
    var key = Optional.of(Samples.key("key-1", "call"));
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

  @Test
  void keyIsValidWhileItsOperationRuns() throws Exception {
    var first = samples.started(Samples.LEASE);
    var key = Optional.of(Samples.key("key-1", "call"));
    store.accept(first, Content.EMPTY, key);
    for (int day = 0; day < 4; day++) {
      pass(RETENTION);
      assertThat(store.accept(samples.queued(), Content.EMPTY, key))
          .isEqualTo(new Acceptance.Repeated(first.id()));
    }
    restart();
    replaced(first, samples.finished(first, 0));
    pass(RETENTION);
    assertThat(store.accept(samples.queued(), Content.EMPTY, key))
        .isEqualTo(new Acceptance.Repeated(first.id()));
  }

  @Test
  void aJumpOfTheClockReleasesNoKey() {
    var first = samples.started(Samples.LEASE);
    var key = Optional.of(Samples.key("key-1", "call"));
    store.accept(first, Content.EMPTY, key);
    replaced(first, samples.finished(first, 0));
    for (var jump : List.of(Duration.ofHours(50), Duration.ofHours(-100))) {
      clock.advance(jump);
      prune(Duration.ofMinutes(1));
      assertThat(store.accept(samples.queued(), Content.EMPTY, key))
          .isEqualTo(new Acceptance.Repeated(first.id()));
    }
  }

  @Test
  void releasesTheKeyOfAPrunedOperation() {
    var key = Optional.of(Samples.key("key-1", "call"));
    for (int use = 0; use < 3; use++) {
      var first = samples.started(Samples.LEASE);
      assertThat(store.accept(first, Content.EMPTY, key)).isEqualTo(new Acceptance.Stored());
      assertThat(store.accept(samples.queued(), Content.EMPTY, key))
          .isEqualTo(new Acceptance.Repeated(first.id()));
      replaced(first, samples.finished(first, 0));
      expire();
    }
  }
}
