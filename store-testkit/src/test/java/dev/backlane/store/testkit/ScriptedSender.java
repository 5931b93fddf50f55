package dev.backlane.store.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryVerdict;
import dev.backlane.engine.notification.DeliverySender;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/// Receivers whose responses the test scripts. Records attempts and settled deliveries.
/// Thread-safe.
final class ScriptedSender implements DeliverySender {
  private static final long WAIT_SECONDS_MAX = 20;

  private final Function<Delivery, DeliveryVerdict> script;
  private final List<Delivery> tried = new CopyOnWriteArrayList<>();
  private final BlockingQueue<Delivery> trying = new LinkedBlockingQueue<>();
  private final BlockingQueue<Delivery> settled = new LinkedBlockingQueue<>();

  /// @param script may block
  ScriptedSender(Function<Delivery, DeliveryVerdict> script) {
    this.script = script;
  }

  static DeliveryVerdict responding(int status) {
    return new DeliveryVerdict.Responded(status, Optional.empty(), "response " + status);
  }

  @Override
  public DeliveryVerdict deliver(Delivery delivery) {
    tried.add(delivery);
    trying.add(delivery);
    return script.apply(delivery);
  }

  @Override
  public void settled(Delivery delivery, DeliveryVerdict verdict) {
    settled.add(delivery);
  }

  /// The attempts so far, in order.
  List<Delivery> tried() {
    return tried;
  }

  /// Waits for the next attempt to begin.
  Delivery awaitAttempt() throws InterruptedException {
    return await(trying, "an attempt");
  }

  /// Waits for the end of the next attempt to be stored.
  Delivery awaitSettled() throws InterruptedException {
    return await(settled, "a settled attempt");
  }

  /// Whether an attempt was settled for which the test has not waited.
  boolean hasSettledMore() {
    return !settled.isEmpty();
  }

  private static Delivery await(BlockingQueue<Delivery> queue, String what)
      throws InterruptedException {
    var next = Optional.ofNullable(queue.poll(WAIT_SECONDS_MAX, TimeUnit.SECONDS));
    assertThat(next).as("%s within %d s", what, WAIT_SECONDS_MAX).isPresent();
    return next.orElseThrow();
  }
}
