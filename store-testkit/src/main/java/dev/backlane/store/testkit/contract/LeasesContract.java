package dev.backlane.store.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.Heartbeat;
import dev.backlane.engine.store.LeasedOperation;
import dev.backlane.engine.store.Replacement;
import dev.backlane.store.testkit.DeliverySamples;
import dev.backlane.store.testkit.Samples;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Leases of holders, the operations that run under them, and changes of many operations.
abstract class LeasesContract extends StoreTopic {
  private static final Duration LIFETIME = Duration.ofSeconds(10);

  LeasesContract(StoreFixture fixture) {
    super(fixture);
  }

  private Heartbeat seen(String by, String holder) {
    return store.renew(by, LIFETIME, List.of()).others().stream()
        .filter(other -> other.holder().equals(holder))
        .findFirst()
        .orElseThrow();
  }

  private boolean continued(String holder) {
    return store.renew(holder, LIFETIME, List.of()).continued();
  }

  @Test
  void reportsTheRenewalsOfOthers() {
    assertThat(store.renew("node-1", LIFETIME, List.of()).others()).isEmpty();
    var lifetime = Duration.ofSeconds(3);
    store.renew("node-2", lifetime, List.of());
    var first = seen("node-1", "node-2");
    assertThat(first.lifetime()).isEqualTo(lifetime);
    assertThat(first.silence()).isZero();
    clock.advance(Duration.ofDays(3));
    assertThat(seen("node-1", "node-2")).as("not renewed").isEqualTo(first);
    store.renew("node-2", lifetime, List.of());
    assertThat(seen("node-1", "node-2").beat()).isNotEqualTo(first.beat());
  }

  @Test
  void recordsTheLongestSilenceAfterARenewal() {
    continued("node-1");
    var last = seen("node-2", "node-1");
    store.renew("node-2", LIFETIME, List.of(silent(last, 3)));
    store.renew("node-3", LIFETIME, List.of(silent(last, 7)));
    assertThat(seen("node-4", "node-1")).isEqualTo(silent(last, 7));
    continued("node-1");
    assertThat(seen("node-4", "node-1").silence()).isZero();
  }

  private static Heartbeat silent(Heartbeat last, int seconds) {
    return new Heartbeat(last.holder(), last.beat(), last.lifetime(), Duration.ofSeconds(seconds));
  }

  @Test
  void reportsWhetherALeaseWasContinued() {
    assertThat(continued("node-1")).isFalse();
    assertThat(continued("node-1")).isTrue();
    store.leave("node-1");
    assertThat(continued("node-1")).isFalse();
    assertThat(store.expire(seen("node-2", "node-1"))).isTrue();
    assertThat(continued("node-1")).isFalse();
    assertThat(continued("node-1")).isTrue();
  }

  @Test
  void expiresNoLeaseThatWasRenewed() {
    continued("node-1");
    var last = seen("node-2", "node-1");
    continued("node-1");
    assertThat(store.expire(last)).isFalse();
    assertThat(store.expire(new Heartbeat("unknown", 1, LIFETIME, LIFETIME))).isFalse();
    assertThat(continued("node-1")).isTrue();
    store.leave("node-1");
    assertThat(continued("node-1")).isFalse();
    assertThat(store.expire(last)).as("of an earlier lease").isFalse();
  }

  @Test
  void reportsOwnAndAbandonedOperationsToAHolder() {
    var own = accepted(samples.started(new Lease("node-1", 1)));
    var others = accepted(samples.started(new Lease("node-2", 1)));
    continued("node-1");
    continued("node-2");
    clock.advance(Duration.ofDays(1));
    assertThat(store.held("node-1")).containsExactly(held(own));
    assertThat(store.held("node-2")).containsExactly(held(others));
    assertThat(store.expire(seen("node-1", "node-2"))).isTrue();
    assertThat(store.held("node-1")).containsExactly(held(own), held(others));
    replaced(others, Samples.retrying(others, clock.instant()));
    var taken = store.claim(1, UNLIMITED, new Lease("node-1", 2), clock.instant()).getFirst();
    assertThat(store.held("node-1")).containsExactly(held(own), held(taken));
  }

  @Test
  void endsTheLeasesOfAHolderThatLeaves() {
    var abandoned = accepted(samples.started(new Lease("node-2", 1)));
    continued("node-1");
    continued("node-2");
    assertThat(store.held("node-1")).isEmpty();
    store.leave("node-2");
    store.leave("node-3");
    assertThat(store.held("node-1")).containsExactly(held(abandoned));
    assertThat(store.renew("node-1", LIFETIME, List.of()).others()).isEmpty();
    assertThat(store.find(abandoned.id())).contains(abandoned);
  }

  @Test
  void reportsRunningOperationsUntilTheyEndAcrossARestart() throws Exception {
    accepted(samples.queued());
    var running = accepted(samples.started(Samples.LEASE));
    var toRetry = accepted(samples.started(new Lease("node-2", 7)));
    acceptedAndFinished();
    assertThat(store.held("node-1")).containsExactly(held(running), held(toRetry));
    restart();
    assertThat(store.held("node-1")).containsExactly(held(running), held(toRetry));
    replaced(running, samples.failed(running));
    assertThat(store.held("node-1")).containsExactly(held(toRetry));
    replaced(toRetry, Samples.retrying(toRetry, clock.instant()));
    assertThat(store.held("node-1")).isEmpty();
    var claimed = claim(10);
    assertThat(claimed).hasSize(2);
    assertThat(store.held("node-1"))
        .containsExactlyInAnyOrder(held(claimed.getFirst()), held(claimed.getLast()));
  }

  private static LeasedOperation held(Operation operation) {
    return new LeasedOperation(
        operation.id(), operation.version(), ((State.Running) operation.state()).lease());
  }

  @Test
  void replacesManyEachIndependently() throws Exception {
    var replacements = new ArrayList<Replacement>();
    var results = new ArrayList<Replacement.Result>();
    for (int i = 0; i < 2_000; i++) {
      var running = accepted(samples.started(new Lease("node-2", i)));
      boolean stale = i % 500 == 1;
      if (stale) {
        replaced(running, samples.canceled(running));
      }
      var delivery =
          DeliverySamples.of(
              running.id(), new Delivery.Subscribed("sub", List.of()), clock.instant());
      replacements.add(
          i % 2 == 0
              ? new Replacement(
                  running, Samples.retrying(running, clock.instant()), Optional.empty())
              : new Replacement(running, samples.failed(running), Optional.of(delivery)));
      results.add(Replacement.Result.of(!stale));
    }
    assertThat(store.replaceAll(List.of())).isEmpty();
    assertThat(store.replaceAll(replacements)).isEqualTo(results);
    restart();
    var ids = replacements.stream().map(each -> each.from().id()).toList();
    var stored = store.findAll(ids);
    assertThat(stored).hasSize(ids.size());
    for (int i = 0; i < ids.size(); i++) {
      var to = replacements.get(i).to();
      boolean made = results.get(i).equals(Replacement.Result.of(true));
      assertThat(to.equals(stored.get(ids.get(i)))).isEqualTo(made);
      assertThat(deliveries().find(ids.get(i)).isPresent()).isEqualTo(made && to.ended());
    }
    assertThat(store.queued()).isEqualTo(1_000);
    assertThat(store.held("node-1")).isEmpty();
  }

  @Test
  void findsManyAndOmitsUnknownOnes() {
    var one = accepted(samples.queued());
    var other = acceptedAndFinished();
    assertThat(store.findAll(List.of(one.id(), samples.queued().id(), other.id())))
        .containsOnlyKeys(one.id(), other.id())
        .containsValues(one, other);
    assertThat(store.findAll(List.of())).isEmpty();
  }

  @Test
  void setsAnOperationAsideByItsVersion() throws Exception {
    var running = accepted(samples.started(Samples.LEASE));
    var end = (State.Failed) samples.failed(running).state();
    assertThat(store.setAside(running.id(), running.version() + 1, end)).isFalse();
    assertThat(store.find(running.id())).contains(running);
    assertThat(store.setAside(running.id(), running.version(), end)).isTrue();
    assertThat(store.setAside(running.id(), running.version(), end)).isFalse();
    restart();
    assertThat(store.find(running.id()).orElseThrow().state()).isEqualTo(end);
    assertThat(store.held("node-1")).isEmpty();
    assertThat(
            store.replaceAll(
                List.of(
                    new Replacement(
                        running, Samples.retrying(running, clock.instant()), Optional.empty()))))
        .containsExactly(Replacement.Result.of(false));
  }
}
