package dev.backlane.gateway.telemetry;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.ForwardingStore;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.Replacement;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.queue.Permits;
import io.micrometer.core.instrument.Timer;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Measures how long the changes of operations take until they are durable. Failures count too.
public final class MeasuredStore extends ForwardingStore {
  private final Timer accepts;
  private final Timer claims;
  private final Timer settlements;

  public MeasuredStore(OperationStore store, MetricsRegistry metrics) {
    super(store);
    this.accepts = timer(metrics, "accept");
    this.claims = timer(metrics, "claim");
    this.settlements = timer(metrics, "settle");
  }

  private static Timer timer(MetricsRegistry metrics, String change) {
    return Buckets.ofCommits("backlane.store.commit.duration")
        .description("Changes of operations, until they are durable, by kind of change")
        .tag("change", change)
        .register(metrics.meters());
  }

  @Override
  public Acceptance accept(Operation operation, Content request, Optional<IdempotencyKey> key) {
    long begun = System.nanoTime();
    try {
      return super.accept(operation, request, key);
    } finally {
      record(accepts, begun);
    }
  }

  @Override
  public List<Operation> claim(int max, Permits permits, Lease lease, Instant now) {
    long begun = System.nanoTime();
    var claimed = super.claim(max, permits, lease, now);
    if (!claimed.isEmpty()) {
      record(claims, begun);
    }
    return claimed;
  }

  @Override
  public boolean replace(
      Operation from, Operation to, Content response, Optional<Delivery> delivery) {
    long begun = System.nanoTime();
    try {
      return super.replace(from, to, response, delivery);
    } finally {
      record(settlements, begun);
    }
  }

  @Override
  public List<Replacement.Result> replaceAll(List<Replacement> replacements) {
    if (replacements.isEmpty()) {
      return super.replaceAll(replacements);
    }
    long begun = System.nanoTime();
    try {
      return super.replaceAll(replacements);
    } finally {
      record(settlements, begun);
    }
  }

  private static void record(Timer timer, long begun) {
    timer.record(System.nanoTime() - begun, TimeUnit.NANOSECONDS);
  }
}
