package dev.backlane.store.testkit;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.OperationIds;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;

/// Creates realistic deliveries, the same for the same seed. Thread-safe.
public final class DeliverySamples {
  private static final String BODY = "{\"message\":\"æøå ✓\"}";

  private final InstantSource clock;
  private final OperationIds ids;

  /// @param clock the time at which new deliveries are due
  public DeliverySamples(InstantSource clock, long seed) {
    this.clock = clock;
    this.ids = new OperationIds(clock, new Random(seed));
  }

  /// A new delivery to a subscription, due at once.
  public Delivery due(String subscription) {
    return due(new Delivery.Subscribed(subscription, List.of()));
  }

  /// A new delivery that is due at once.
  public Delivery due(Delivery.Target target) {
    return of(ids.next(), target, clock.instant());
  }

  /// A new delivery that reports the end of an operation.
  public static Delivery of(OperationId operation, Delivery.Target target, Instant dueAt) {
    return new Delivery(
        operation,
        Samples.TENANT,
        "client-1",
        target,
        "background-api",
        BODY.getBytes(StandardCharsets.UTF_8),
        new DeliveryState.Due(1, dueAt),
        List.of(),
        0);
  }

  /// The next version of a delivery: it was delivered.
  public Delivery delivered(Delivery delivery) {
    return delivery.to(new DeliveryState.Delivered(clock.instant()));
  }

  /// The next version of a delivery: it failed for good.
  public Delivery failed(Delivery delivery) {
    return delivery.to(new DeliveryState.Failed(clock.instant(), "Gone: æ"));
  }

  /// The next version of a delivery: its next attempt is made at `dueAt`.
  public static Delivery retrying(Delivery delivery, Instant dueAt) {
    int attempt = delivery.state() instanceof DeliveryState.Due due ? due.attempt() + 1 : 1;
    return delivery.to(new DeliveryState.Due(attempt, dueAt));
  }
}
