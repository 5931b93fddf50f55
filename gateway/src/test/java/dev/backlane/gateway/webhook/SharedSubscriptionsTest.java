package dev.backlane.gateway.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.delivery.DeliveryVerdict;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.memory.MemoryStore;
import dev.backlane.gateway.seal.DataKeys;
import dev.backlane.gateway.seal.MasterKey;
import dev.backlane.gateway.seal.MasterKeys;
import dev.backlane.gateway.seal.Seal;
import dev.backlane.protocol.webhook.WebhookSecret;
import dev.backlane.store.testkit.ForwardingRecordStore;
import dev.backlane.store.testkit.SettableClock;
import java.net.URI;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;

/// Subscriptions of several nodes that share a store.
final class SharedSubscriptionsTest {
  private static final String TENANT = "company-1";
  private static final String CLIENT = "robot";
  private static final URI HERE = URI.create("http://127.0.0.1:9/here");
  private static final URI THERE = URI.create("http://127.0.0.1:9/there");
  private static final Set<String> EVENTS = Subscription.EVENT_TYPES_DEFAULT;
  private static final Duration NEVER_DISABLE = Duration.ZERO;
  private static final Duration DISABLE_AFTER = Duration.ofDays(5);

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-24T10:00:00Z"));
  private final WatchedRecords records =
      new WatchedRecords(new MemoryStore().records(), new ArrayDeque<>());
  private final MasterKeys masterKeys = MasterKeys.of(MasterKey.passing());
  private final Subscriptions one = node();
  private final Subscriptions other = node();

  private Subscriptions node() {
    return node(List.of());
  }

  private Subscriptions node(List<Subscription> configured) {
    var keys = DataKeys.openShared(records, masterKeys, clock);
    return new Subscriptions(
        records, new Seal(keys, "webhook secret"), configured, clock, new SecureRandom());
  }

  /// Records that run an action before the next change, as another node would.
  private static final class WatchedRecords extends ForwardingRecordStore {
    private final Deque<Runnable> before;

    WatchedRecords(RecordStore records, Deque<Runnable> before) {
      super(records);
      this.before = before;
    }

    private void runNextAction() {
      var action = before.poll();
      if (action != null) {
        action.run();
      }
    }

    @Override
    public boolean put(List<Entry> next) {
      runNextAction();
      return records.put(next);
    }

    @Override
    public boolean remove(Entry stored) {
      runNextAction();
      return records.remove(stored);
    }
  }

  private Subscription registered() {
    var subscription = one.register(TENANT, CLIENT, HERE, EVENTS).orElseThrow();
    other.refresh();
    return subscription;
  }

  @Test
  void changesOfOneNodeReachAnotherOnRefresh() {
    var subscription = registered();
    assertThat(other.of(TENANT, CLIENT)).contains(subscription);

    one.change(subscription.id(), THERE, EVENTS);
    other.refresh();
    assertThat(other.of(TENANT, CLIENT).orElseThrow().url()).isEqualTo(THERE);

    var rotated = one.rotate(subscription.id(), Duration.ofHours(1)).orElseThrow();
    other.refresh();
    assertThat(other.of(TENANT, CLIENT).orElseThrow().secrets()).isEqualTo(rotated.secrets());

    one.disable(subscription.id(), "an operator disabled it");
    other.refresh();
    assertThat(other.of(TENANT, CLIENT)).isEmpty();
    other.enable(subscription.id());
    one.refresh();
    assertThat(one.of(TENANT, CLIENT)).isPresent();

    assertThat(one.remove(subscription.id())).isTrue();
    other.refresh();
    assertThat(other.all()).isEmpty();
  }

  @Test
  void aDamagedRecordKeepsNoOtherFromBeingServed() {
    var damaged = registered();
    var intact = one.register(TENANT, "other", HERE, EVENTS).orElseThrow();
    for (var kind : List.of(SubscriptionRecords.KIND, SubscriptionRecords.STANDING_KIND)) {
      one.disable(damaged.id(), "an operator disabled it");
      var entry = records.find(kind, damaged.id()).orElseThrow();
      byte[] bytes = entry.value().clone();
      bytes[bytes.length / 2] ^= 0x40;
      assertThat(records.put(List.of(entry.to(bytes)))).isTrue();
    }
    other.refresh();
    assertThat(other.all()).extracting(Subscription::id).containsExactly(intact.id());
    assertThat(node().of(TENANT, "other")).isPresent();
    assertThat(one.remove(damaged.id())).isTrue();
    assertThat(one.register(TENANT, CLIENT, HERE, EVENTS)).isPresent();
  }

  @Test
  void refreshDoesNotReopenUnchangedRecords() {
    var subscription = registered();
    var before = other.find(subscription.id()).orElseThrow().secrets();
    one.disable(subscription.id(), "an operator disabled it");
    other.refresh();
    assertThat(other.find(subscription.id()).orElseThrow().secrets()).isSameAs(before);
    one.rotate(subscription.id(), Duration.ZERO);
    other.refresh();
    assertThat(other.find(subscription.id()).orElseThrow().secrets()).isNotEqualTo(before);
  }

  @Test
  void concurrentNodesRegisterOneSubscriptionPerOwner() {
    var first = new AtomicReference<Optional<Subscription>>(Optional.empty());
    records.before.add(() -> first.set(other.register(TENANT, CLIENT, THERE, EVENTS)));
    assertThat(one.register(TENANT, CLIENT, HERE, EVENTS)).isEmpty();
    assertThat(one.all()).containsExactly(first.get().orElseThrow());
    assertThat(node().all()).hasSize(1);
  }

  @Test
  void staleNodeDoesNotRegisterASecondSubscription() {
    var subscription = one.register(TENANT, CLIENT, HERE, EVENTS).orElseThrow();
    assertThat(other.register(TENANT, CLIENT, THERE, EVENTS)).isEmpty();
    assertThat(other.all()).containsExactly(subscription);
  }

  @Test
  void oneNodeRegistersAgainAfterARemoval() {
    for (int round = 0; round < 3; round++) {
      var subscription = one.register(TENANT, CLIENT, HERE, EVENTS).orElseThrow();
      assertThat(other.remove(subscription.id())).isTrue();
      records.before.add(() -> one.register(TENANT, CLIENT, HERE, EVENTS));
      assertThat(other.register(TENANT, CLIENT, THERE, EVENTS)).isEmpty();
      assertThat(other.remove(other.of(TENANT, CLIENT).orElseThrow().id())).isTrue();
    }
    assertThat(one.register("", CLIENT, HERE, EVENTS)).isPresent();
  }

  @Test
  void concurrentChangesAreBothApplied() {
    var subscription = registered();
    records.before.add(() -> other.rotate(subscription.id(), Duration.ofHours(1)));
    var changed = one.change(subscription.id(), THERE, EVENTS).orElseThrow();
    assertThat(changed.url()).isEqualTo(THERE);
    assertThat(changed.secrets()).hasSize(2);

    records.before.add(() -> other.change(subscription.id(), HERE, EVENTS));
    assertThat(one.remove(subscription.id())).isTrue();
    assertThat(node().all()).isEmpty();
  }

  @Test
  void staleNodeDoesNotUndoADisabling() {
    var subscription = registered();
    other.disable(subscription.id(), "the receiver responded 410 Gone");
    one.failed(subscription.id(), NEVER_DISABLE);
    assertThat(one.of(TENANT, CLIENT)).isEmpty();
    one.succeeded(subscription.id());
    other.refresh();
    assertThat(other.of(TENANT, CLIENT)).isEmpty();
    assertThat(
            other
                .find(subscription.id())
                .orElseThrow()
                .standing()
                .disabled()
                .orElseThrow()
                .reason())
        .contains("410");
  }

  @Test
  void failureAtOneNodeAloneDoesNotDisable() {
    var subscription = registered();
    one.failed(subscription.id(), DISABLE_AFTER);
    other.refresh();
    clock.advance(DISABLE_AFTER.plusSeconds(1));
    other.succeeded(subscription.id());
    one.failed(subscription.id(), DISABLE_AFTER);
    assertThat(one.of(TENANT, CLIENT)).isPresent();
    other.refresh();
    assertThat(other.of(TENANT, CLIENT)).isPresent();
    assertThat(other.find(subscription.id()).orElseThrow().standing().failingSince())
        .contains(clock.instant());

    clock.advance(DISABLE_AFTER.plusSeconds(1));
    other.failed(subscription.id(), DISABLE_AFTER);
    one.refresh();
    assertThat(one.of(TENANT, CLIENT)).isEmpty();
  }

  @Test
  void concurrentlyRecordedStateIsStoredOnce() {
    var subscription = registered();
    records.before.add(() -> other.failed(subscription.id(), NEVER_DISABLE));
    one.failed(subscription.id(), NEVER_DISABLE);
    assertThat(one.find(subscription.id()).orElseThrow().standing().failingSince())
        .contains(clock.instant());
  }

  @Test
  void staleNodeDoesNotFailADelivery() {
    var subscription = one.register(TENANT, CLIENT, HERE, EVENTS).orElseThrow();
    assertThat(other.find(subscription.id())).isEmpty();
    assertThat(verdictAt(other, subscription.id())).isInstanceOf(DeliveryVerdict.NoResponse.class);

    other.refresh();
    other.disable(subscription.id(), "an operator disabled it");
    one.enable(subscription.id());
    assertThat(other.of(TENANT, CLIENT)).isEmpty();
    assertThat(verdictAt(other, subscription.id())).isInstanceOf(DeliveryVerdict.NoResponse.class);

    one.disable(subscription.id(), "an operator disabled it");
    other.refresh();
    assertThat(verdictAt(other, subscription.id()))
        .isInstanceOfSatisfying(
            DeliveryVerdict.NoReceiver.class,
            none -> assertThat(none.cause()).contains("an operator disabled it"));
    one.remove(subscription.id());
    other.refresh();
    assertThat(verdictAt(other, subscription.id()))
        .isInstanceOfSatisfying(
            DeliveryVerdict.NoReceiver.class,
            none -> assertThat(none.cause()).contains("was deleted"));
  }

  @Test
  void deliveryStateOfAConfiguredSubscriptionIsShared() {
    var configured =
        new Subscription(
            "sub_configured",
            TENANT,
            CLIENT,
            HERE,
            EVENTS,
            List.of(
                new SigningSecret(WebhookSecret.generate(new SecureRandom()), Optional.empty())),
            Subscription.Standing.GOOD,
            true,
            Optional.empty());
    var first = node(List.of(configured));
    var second = node(List.of(configured));
    first.disable(configured.id(), "an operator disabled it");
    second.refresh();
    assertThat(second.of(TENANT, CLIENT)).isEmpty();
    first.enable(configured.id());
    assertThat(second.stored(configured.id()).orElseThrow().enabled()).isTrue();
  }

  /// The verdict on a delivery at a node: no address may be called, so a known receiver does not
  /// respond.
  private DeliveryVerdict verdictAt(Subscriptions node, String id) {
    var delivery =
        new Delivery(
            OperationId.lowest(clock.instant()),
            TENANT,
            CLIENT,
            new Delivery.Subscribed(id, List.of()),
            "BACKGROUND_API_RESPONSE",
            "{}".getBytes(UTF_8),
            new DeliveryState.Due(1, clock.instant()),
            List.of(),
            0);
    var addresses = new WebhookAddresses(List.of());
    try (var client =
        new WebhookClient(
            addresses, Duration.ofSeconds(1), 1, SharedSubscriptionsTest::tls, "test", clock)) {
      var terms = new WebhookSender.Terms("x-signature", Optional.empty(), NEVER_DISABLE);
      return new WebhookSender(node, client, () -> terms, clock, clock, WebhookSender.Traces.NONE)
          .deliver(delivery);
    }
  }

  private static SSLContext tls() {
    try {
      return SSLContext.getDefault();
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @Test
  void knownSubscriptionsStayWhileTheStoreIsUnavailable() {
    var store = new MemoryStore();
    var keys = DataKeys.openShared(store.records(), masterKeys, clock);
    var node =
        new Subscriptions(
            store.records(),
            new Seal(keys, "webhook secret"),
            List.of(),
            clock,
            new SecureRandom());
    node.register(TENANT, CLIENT, HERE, EVENTS);
    store.close();
    assertThatThrownBy(node::refresh).isInstanceOf(StoreException.class);
    assertThat(node.of(TENANT, CLIENT)).isPresent();
  }
}
