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

/// Creates realistic deliveries. The same seed creates the same deliveries. Thread-safe.
public final class DeliverySamples {
  private static final String BODY = "{\"message\":\"æøå ✓\"}";

  private final InstantSource clock;
  private final OperationIds ids;

  /// @param clock the time at which new deliveries are due
  public DeliverySamples(InstantSource clock, long seed) {
    this.clock = clock;
    this.ids = new OperationIds(clock, new Random(seed));
  }

  /// Creates a delivery to a subscription that is due now.
  public Delivery due(String subscription) {
    return due(new Delivery.Subscribed(subscription, List.of()));
  }

  /// Creates a delivery that is due now.
  public Delivery due(Delivery.Target target) {
    return of(ids.next(), target, clock.instant());
  }

  /// Creates a delivery that reports the end of an operation.
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

  /// Returns the next version of a delivery, which was delivered.
  public Delivery delivered(Delivery delivery) {
    return delivery.to(new DeliveryState.Delivered(clock.instant()));
  }

  /// Returns the next version of a delivery, which failed permanently.
  public Delivery failed(Delivery delivery) {
    return delivery.to(new DeliveryState.Failed(clock.instant(), "Gone: æ"));
  }

  /// Returns the next version of a delivery, whose next attempt is due at `dueAt`.
  public static Delivery retrying(Delivery delivery, Instant dueAt) {
    int attempt = delivery.state() instanceof DeliveryState.Due due ? due.attempt() + 1 : 1;
    return delivery.to(new DeliveryState.Due(attempt, dueAt));
  }
}
