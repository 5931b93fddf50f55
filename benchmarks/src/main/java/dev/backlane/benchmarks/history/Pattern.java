package dev.backlane.benchmarks.history;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.content.Content;
import dev.backlane.store.postgres.PostgresStore;
import dev.backlane.store.testkit.DeliverySamples;
import dev.backlane.store.testkit.Samples;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// Operations that the store itself writes, from accept to end, each with a key and a delivery.
/// Thread-safe.
final class Pattern {
  /// Distinct clients and users in four tenants.
  static final List<Caller> CALLERS =
      IntStream.range(0, 20)
          .mapToObj(
              number -> new Caller("company-" + number % 4, "client-" + number, "user-" + number))
          .toList();

  /// The size of requests and responses.
  static final int BODY_BYTES = 128;

  private static final Content BODY = new Content.Inline(Samples.bytes(BODY_BYTES, 1));
  private static final Delivery.Target TARGET = new Delivery.Subscribed("sub_17", List.of());

  private final PostgresStore store;
  private final Samples samples;
  private final DeliverySamples deliveries;

  /// @param store the store to write to; its clock determines the time of receipt
  Pattern(PostgresStore store, long seed) {
    this.store = store;
    this.samples = new Samples(store.sharing().orElseThrow().clock(), seed);
    this.deliveries = new DeliverySamples(store.sharing().orElseThrow().clock(), seed);
  }

  /// A new queued operation.
  Operation queued(Caller caller) {
    return samples.queued(caller);
  }

  /// Stores a queued operation.
  void accept(Operation operation) {
    expect(store.operations().accept(operation, BODY, Optional.empty()));
  }

  /// Stores an operation with an idempotency key.
  void accept(Operation operation, String key) {
    expect(store.operations().accept(operation, BODY, Optional.of(key(key))));
  }

  private static void expect(Acceptance acceptance) {
    if (!(acceptance instanceof Acceptance.Stored)) {
      throw new IllegalStateException("not stored: " + acceptance);
    }
  }

  /// The result of accepting another call with the same key.
  Acceptance repeat(Caller caller, String key) {
    return store.operations().accept(samples.queued(caller), BODY, Optional.of(key(key)));
  }

  private static IdempotencyKey key(String key) {
    return Samples.key(key, "a call");
  }

  /// Ends a running operation with a delivery.
  Delivery end(Operation running) {
    var delivery =
        DeliverySamples.of(running.id(), TARGET, store.sharing().orElseThrow().clock().instant());
    if (!store
        .operations()
        .replace(running, samples.finished(running, BODY_BYTES), BODY, Optional.of(delivery))) {
      throw new IllegalStateException("operation " + running.id() + " was changed concurrently");
    }
    return delivery;
  }

  /// Ends a delivery.
  void deliver(Delivery delivery) {
    if (!store.deliveries().replace(delivery, deliveries.delivered(delivery))) {
      throw new IllegalStateException("delivery " + delivery.id() + " was changed concurrently");
    }
  }

  /// Takes an operation from accept to the end of its delivery.
  void complete(Caller caller, String key) {
    var operation =
        samples.operation(
            caller,
            Optional.of("order-17"),
            Lifecycle.startedAtOnce(
                Samples.LEASE, store.sharing().orElseThrow().clock().instant()));
    accept(operation, key);
    deliver(end(operation));
  }
}
