package dev.backlane.store.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.Ownership;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.store.testkit.Samples;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

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

  @ParameterizedTest
  @EnumSource
  void separatesKeysByTenantAndClient(Ownership ownership) {
    var key = Optional.of(Samples.key("key-1", ownership, "call"));
    for (var caller :
        List.of(
            new Caller("t1", "c1", ""),
            new Caller("t1", "c2", ""),
            new Caller("t2", "c1", ""),
            new Caller("t1c1", "", ""))) {
      assertThat(store.accept(samples.queued(caller), Content.EMPTY, key))
          .isEqualTo(new Acceptance.Stored());
    }
    assertThat(store.accept(samples.queued(new Caller("t1", "c1", "c1")), Content.EMPTY, key))
        .isInstanceOf(Acceptance.Repeated.class);
  }

  /// Whatever a repeated call returns, its caller may read.
  @ParameterizedTest
  @EnumSource
  void aKeyIsValidForNoCallerWhoMayNotReadItsOperation(Ownership ownership) {
    var key = Optional.of(Samples.key("key-1", ownership, "call"));
    var firsts = new ArrayList<Operation>();
    for (var tenant : List.of("t1", "t2")) {
      for (var client : List.of("", "c1", "c2", "u1")) {
        for (var user : List.of("", "u1", "u2", "c1")) {
          var operation = samples.queued(new Caller(tenant, client, user));
          switch (store.accept(operation, Content.EMPTY, key)) {
            case Acceptance.Stored _ -> firsts.add(operation);
            case Acceptance.Repeated(var first) -> {
              var starter = store.find(first).orElseThrow().caller();
              assertThat(ownership.mayRead(operation.caller(), starter)).isTrue();
              assertThat(starter.client()).isEqualTo(client);
            }
            case Acceptance.KeyReused reused -> throw new AssertionError(reused);
          }
        }
      }
    }
    // With clients, one user's key is another's; without, and by default, each has its own.
    int ofClient = ownership == Ownership.USER ? 3 : 1;
    // For each tenant: no client (4), c1 (without c1), c2 (and c1), u1 (without u1).
    int ofTenant = ownership == Ownership.USER ? 4 + 3 + 4 + 3 : 4 + 3 * ofClient;
    assertThat(firsts).hasSize(2 * ofTenant);
    for (var first : firsts) {
      assertThat(store.accept(samples.queued(first.caller()), Content.EMPTY, key))
          .isEqualTo(new Acceptance.Repeated(first.id()));
    }
  }

  /// A key that was stored with another ownership, or by an earlier version, which stored all keys
  /// by client, is still that of its caller, and of no other.
  @ParameterizedTest
  @CsvSource({"CLIENT, USER", "USER, CLIENT", "USER, TENANT"})
  void keysOutlastAChangeOfOwnership(Ownership before, Ownership after) throws Exception {
    var mine = new Caller("t1", "c1", "u1");
    var other = new Caller("t1", "c1", "u2");
    var first = samples.queued(mine);
    var earlier = Optional.of(Samples.key("key-1", before, "call"));
    assertThat(store.accept(first, Content.EMPTY, earlier)).isEqualTo(new Acceptance.Stored());
    restart();
    var key = Optional.of(Samples.key("key-1", after, "call"));
    var theirs = samples.queued(other);
    assertThat(store.accept(theirs, Content.EMPTY, key)).isEqualTo(new Acceptance.Stored());
    assertThat(store.accept(samples.queued(mine), Content.EMPTY, key))
        .isEqualTo(new Acceptance.Repeated(first.id()));
    var different = Optional.of(Samples.key("key-1", after, "another call"));
    assertThat(store.accept(samples.queued(mine), Content.EMPTY, different))
        .isEqualTo(new Acceptance.KeyReused(first.id()));
    replaced(first, samples.canceled(first));
    replaced(theirs, samples.canceled(theirs));
    expire();
    assertThat(store.accept(samples.queued(mine), Content.EMPTY, key))
        .isNotEqualTo(new Acceptance.Repeated(first.id()));
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
