package dev.backlane.store.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryAttempt;
import dev.backlane.engine.delivery.DeliverySchedule;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.delivery.DeliveryVerdict;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.store.testkit.DeliverySamples;
import dev.backlane.store.testkit.Samples;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Deliveries are stored with the end that they report, are found as they were stored, and change
/// version by version.
abstract class DeliveriesContract extends DeliveryTopic {
  DeliveriesContract(StoreFixture fixture) {
    super(fixture);
  }

  @Test
  void storesADeliveryWithTheEndThatItReports() throws Exception {
    var running = accepted(samples.started(Samples.LEASE));
    var finished = samples.finished(running, 0);
    var delivery = DeliverySamples.of(running.id(), SUBSCRIBED, clock.instant());
    assertThat(store.replace(running, finished, Content.EMPTY, Optional.of(delivery))).isTrue();
    for (int run = 0; run < 2; run++) {
      assertThat(store.find(running.id())).contains(finished);
      assertStored(delivery);
      assertThat(deliveries().waiting()).isEqualTo(1);
      restart();
    }
    assertThat(ids(claimDue(10))).containsExactly(delivery.id());
  }

  @Test
  void storesNoDeliveryForALateEnd() throws Exception {
    var running = accepted(samples.started(Samples.LEASE));
    replaced(running, samples.canceled(running));
    var delivery = DeliverySamples.of(running.id(), SUBSCRIBED, clock.instant());
    assertThat(
            store.replace(
                running, samples.finished(running, 0), Content.EMPTY, Optional.of(delivery)))
        .isFalse();
    for (int run = 0; run < 2; run++) {
      assertThat(deliveries().find(running.id())).isEmpty();
      assertThat(deliveries().waiting()).isZero();
      assertThat(claimDue(10)).isEmpty();
      restart();
    }
  }

  @Test
  void storesOnlyTheDeliveryOfTheFirstOfManyEnds() throws Exception {
    var running = accepted(samples.started(Samples.LEASE));
    var numbers = new AtomicInteger();
    var won =
        together(
                30,
                () -> {
                  int number = numbers.incrementAndGet();
                  var target = new Delivery.Address("https://hooks.example.com/" + number);
                  var delivery = DeliverySamples.of(running.id(), target, clock.instant());
                  return store.replace(
                          running,
                          samples.finished(running, 0),
                          Content.EMPTY,
                          Optional.of(delivery))
                      ? Optional.of(delivery)
                      : Optional.<Delivery>empty();
                })
            .stream()
            .flatMap(Optional::stream)
            .toList();
    assertThat(won).hasSize(1);
    assertStored(won.getFirst());
    assertThat(claimDue(10)).hasSize(1);
    assertThat(claimDue(10)).isEmpty();
  }

  @Test
  void keepsEveryFieldOfADeliveryAcrossARestart() throws Exception {
    var stored = new ArrayList<Delivery>();
    stored.add(added(notices.due(SUBSCRIBED)));
    stored.add(added(unusual(new Delivery.Address("https://hooks.example.com/æ?b=c#✓"), 0)));
    stored.add(added(unusual(new Delivery.Subscribed("", List.of()), 300)));
    var delivered = added(notices.due(SUBSCRIBED));
    stored.add(replaced(delivered, notices.delivered(delivered)));
    var failed = added(notices.due(SUBSCRIBED));
    stored.add(replaced(failed, notices.failed(failed)));
    stored.add(withMaxAttempts(added(notices.due(SUBSCRIBED))));
    for (int run = 0; run < 2; run++) {
      stored.forEach(this::assertStored);
      restart();
    }
  }

  private Delivery unusual(Delivery.Target target, int bodyBytes) {
    var sample = notices.due(target);
    return new Delivery(
        sample.id(),
        "æ-company",
        "",
        target,
        "event ✓",
        Samples.bytes(bodyBytes, 1),
        new DeliveryState.Due(7, clock.instant().plusNanos(123_456_789)),
        List.of(),
        0);
  }

  /// Records one attempt more than a delivery stores.
  private Delivery withMaxAttempts(Delivery delivery) {
    var schedule = new DeliverySchedule(DeliverySchedule.DELAYS_DEFAULT, HOLD);
    var last = delivery;
    for (int i = 0; i <= Delivery.ATTEMPTS_MAX; i++) {
      var verdict = new DeliveryVerdict.Responded(500 + i, Optional.empty(), "");
      var attempt =
          new DeliveryAttempt(
              clock.instant().plusNanos(i), Duration.ofMillis(i), 500 + i, "Nei: æ" + i);
      last = replaced(last, schedule.after(last, verdict, attempt, clock.instant(), 0.5));
    }
    assertThat(last.attempts()).hasSize(Delivery.ATTEMPTS_MAX);
    return last;
  }

  @Test
  void doesNotFindAnUnknownDelivery() {
    assertThat(deliveries().find(notices.due("a").id())).isEmpty();
  }

  @Test
  void refusesToAddAKnownOrChangedDelivery() {
    var delivery = added(notices.due("a"));
    for (var wrong :
        List.of(
            delivery,
            notices.delivered(notices.due("a")),
            DeliverySamples.retrying(notices.due("a"), clock.instant()))) {
      assertThatThrownBy(() -> added(wrong)).isInstanceOf(IllegalStateException.class);
    }
    assertThat(ids(claimDue(10))).containsExactly(delivery.id());
  }

  @Test
  void replacesNoDeliveryFromAStaleVersion() throws Exception {
    var first = added(notices.due("a"));
    var second = replaced(first, DeliverySamples.retrying(first, clock.instant()));
    assertThat(deliveries().replace(first, notices.delivered(first))).isFalse();
    for (int run = 0; run < 2; run++) {
      assertStored(second);
      restart();
    }
    assertThat(claimDue(10)).hasSize(1);
  }

  @Test
  void doesNotReplaceAnUnknownDelivery() {
    var never = notices.due("a");
    assertThat(deliveries().replace(never, notices.delivered(never))).isFalse();
    assertThat(deliveries().find(never.id())).isEmpty();
  }

  @Test
  void acceptsOnlyTheNextVersionOfTheSameDelivery() {
    var one = added(notices.due("a"));
    var skipping = notices.delivered(DeliverySamples.retrying(one, clock.instant()));
    for (var wrong : List.of(one, skipping, notices.delivered(added(notices.due("b"))))) {
      assertThatThrownBy(() -> deliveries().replace(one, wrong))
          .isInstanceOf(IllegalStateException.class);
    }
    assertStored(one);
  }

  @Test
  void claimsAnEndedDeliveryOnlyAfterARedelivery() throws Exception {
    for (var ended :
        List.of(
            notices.delivered(added(notices.due("a"))), notices.failed(added(notices.due("b"))))) {
      var first = deliveries().find(ended.id()).orElseThrow();
      replaced(first, ended);
    }
    assertThat(claimDue(10)).isEmpty();
    restart();
    assertThat(claimDue(10)).isEmpty();
    assertThat(deliveries().waiting()).isZero();

    var all = deliveries().list(everything(10)).deliveries();
    assertThat(all).hasSize(2);
    for (var ended : all) {
      replaced(ended, DeliverySchedule.redelivered(ended, clock.instant()));
    }
    restart();
    assertThat(deliveries().waiting()).isEqualTo(2);
    var again = claimDue(10);
    assertThat(again).extracting(Delivery::version).containsExactly(2L, 2L);
    for (var delivery : again) {
      replaced(delivery, notices.delivered(delivery));
    }
    assertThat(claimDue(10)).isEmpty();
  }

  @Test
  void refusesDeliveriesAfterClose() {
    var delivery = added(notices.due("a"));
    opened.close();
    for (Runnable call :
        List.<Runnable>of(
            () -> deliveries().add(notices.due("a")),
            () -> deliveries().claim(1, UNLIMITED, HOLD, clock.instant()),
            () -> deliveries().replace(delivery, notices.delivered(delivery)),
            () -> deliveries().find(delivery.id()),
            () -> deliveries().list(everything(1)),
            () ->
                deliveries().prune(new RetentionStep(RETENTION, Duration.ZERO, clock.instant())))) {
      assertThatThrownBy(call::run)
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("closed");
    }
  }
}
