package dev.backlane.store.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.delivery.DeliverySchedule;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.store.testkit.DeliverySamples;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// Pruning deletes the deliveries that ended longer ago than the retention, in observed time.
abstract class DeliveryPruningContract extends DeliveryTopic {
  DeliveryPruningContract(StoreFixture fixture) {
    super(fixture);
  }

  private void passForDeliveries(Duration time) {
    clock.advance(time);
    pruneDeliveries(time);
  }

  private void pruneDeliveries(Duration elapsed) {
    deliveries().prune(new RetentionStep(RETENTION, elapsed, clock.instant()));
  }

  @Test
  void prunesOnlyDeliveriesThatEndedBeforeTheRetention() throws Exception {
    var waiting = added(notices.due("a"));
    var delivered = added(notices.due("a"));
    replaced(delivered, notices.delivered(delivered));
    var failed = added(notices.due("a"));
    replaced(failed, notices.failed(failed));
    passForDeliveries(Duration.ofHours(2));
    var late = added(notices.due("a"));
    replaced(late, notices.delivered(late));
    passForDeliveries(RetentionStep.kept(RETENTION).minusHours(1));
    for (int run = 0; run < 2; run++) {
      assertThat(allIds(everything(10))).containsExactly(late.id(), waiting.id());
      assertThat(deliveries().find(delivered.id())).isEmpty();
      assertThat(deliveries().find(failed.id())).isEmpty();
      assertStored(waiting);
      restart();
    }
    assertThat(deliveries().waiting()).isEqualTo(1);
  }

  @Test
  void keepsARedeliveryForTheRetentionAfterItEndedAgain() {
    var first = added(notices.due("a"));
    var ended = replaced(first, notices.failed(first));
    passForDeliveries(RETENTION.dividedBy(2));
    var again = replaced(ended, DeliverySchedule.redelivered(ended, clock.instant()));
    passForDeliveries(RETENTION);
    assertStored(again);
    var delivered = replaced(again, notices.delivered(again));
    passForDeliveries(RETENTION);
    assertStored(delivered);
    passForDeliveries(RETENTION);
    assertThat(deliveries().find(first.id())).isEmpty();
  }

  @Test
  void aJumpOfTheClockRemovesNoDelivery() {
    var first = added(notices.due("a"));
    var ended = replaced(first, notices.delivered(first));
    clock.advance(RETENTION.multipliedBy(2));
    pruneDeliveries(Duration.ofMinutes(1));
    clock.advance(RETENTION.multipliedBy(-2));
    pruneDeliveries(Duration.ofMinutes(1));
    assertStored(ended);
    passForDeliveries(RETENTION.minusHours(1));
    assertStored(ended);
    passForDeliveries(RETENTION);
    assertThat(deliveries().find(first.id())).isEmpty();
  }

  @Test
  void cannotRedeliverAPrunedDelivery() {
    var first = added(notices.due("a"));
    var ended = replaced(first, notices.failed(first));
    passForDeliveries(RetentionStep.kept(RETENTION));
    assertThat(deliveries().replace(ended, DeliverySchedule.redelivered(ended, clock.instant())))
        .isFalse();
    assertThat(deliveries().find(first.id())).isEmpty();
  }

  @Test
  void prunesDeliveriesAndOperationsIndependently() {
    var operation = acceptedAndFinished();
    var delivery = added(DeliverySamples.of(operation.id(), SUBSCRIBED, clock.instant()));
    var ended = replaced(delivery, notices.delivered(delivery));
    expire();
    assertThat(store.find(operation.id())).isEmpty();
    assertStored(ended);
    passForDeliveries(RetentionStep.kept(RETENTION));
    assertThat(deliveries().find(operation.id())).isEmpty();
  }
}
