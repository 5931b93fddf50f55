package dev.backlane.store.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.delivery.DeliverySchedule;
import dev.backlane.store.testkit.DeliverySamples;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// Pruning deletes the deliveries that have ended and that are older than a cutoff.
abstract class DeliveryPruningContract extends DeliveryTopic {
  DeliveryPruningContract(StoreFixture fixture) {
    super(fixture);
  }

  @Test
  void prunesOnlyEndedDeliveriesOlderThanTheCutoff() throws Exception {
    var waiting = added(notices.due("a"));
    var delivered = added(notices.due("a"));
    replaced(delivered, notices.delivered(delivered));
    var failed = added(notices.due("a"));
    replaced(failed, notices.failed(failed));
    var cutoff = clock.advance(Duration.ofMillis(1));
    var at = added(notices.due("a"));
    replaced(at, notices.delivered(at));
    deliveries().prune(cutoff);
    for (int run = 0; run < 2; run++) {
      assertThat(allIds(everything(10))).containsExactly(at.id(), waiting.id());
      assertThat(deliveries().find(delivered.id())).isEmpty();
      assertThat(deliveries().find(failed.id())).isEmpty();
      assertStored(waiting);
      restart();
    }
    assertThat(deliveries().waiting()).isEqualTo(1);
  }

  @Test
  void prunesARedeliveryOnceItHasEndedAgain() {
    var first = added(notices.due("a"));
    var ended = replaced(first, notices.failed(first));
    var again = replaced(ended, DeliverySchedule.redelivered(ended, clock.instant()));
    var cutoff = clock.advance(RETENTION);
    deliveries().prune(cutoff);
    assertStored(again);
    replaced(again, notices.delivered(again));
    deliveries().prune(cutoff);
    deliveries().prune(cutoff);
    assertThat(deliveries().find(first.id())).isEmpty();
  }

  @Test
  void cannotRedeliverAPrunedDelivery() {
    var first = added(notices.due("a"));
    var ended = replaced(first, notices.failed(first));
    deliveries().prune(clock.advance(RETENTION));
    assertThat(deliveries().replace(ended, DeliverySchedule.redelivered(ended, clock.instant())))
        .isFalse();
    assertThat(deliveries().find(first.id())).isEmpty();
  }

  @Test
  void prunesDeliveriesAndOperationsIndependently() {
    var operation = acceptedAndFinished();
    var delivery = added(DeliverySamples.of(operation.id(), SUBSCRIBED, clock.instant()));
    var ended = replaced(delivery, notices.delivered(delivery));
    var cutoff = clock.advance(RETENTION);
    store.prune(cutoff);
    assertStored(ended);
    deliveries().prune(cutoff);
    assertThat(deliveries().find(operation.id())).isEmpty();
  }
}
