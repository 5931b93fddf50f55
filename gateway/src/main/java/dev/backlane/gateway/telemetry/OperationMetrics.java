package dev.backlane.gateway.telemetry;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.execution.OperationEvents;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.Verdict;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// How long operations, attempts and deliveries take, by route; and what the operations of each
/// tenant do, for a bounded number of tenants. Thread-safe.
public final class OperationMetrics implements OperationEvents {
  /// The label of all tenants beyond the bound.
  public static final String OTHER_TENANTS = "_other";

  /// From the 202 to the start of the first attempt.
  static final String QUEUE = "backlane.operation.queue.duration";

  /// Attempts.
  static final String ATTEMPT = "backlane.attempt.duration";

  /// From the receipt of a call to its end.
  static final String OPERATION = "backlane.operation.duration";

  /// Operations by tenant.
  static final String TENANT = "backlane.tenant.operations";

  private final MeterRegistry registry;
  private final InstantSource clock;
  private final int tenantsMax;
  private final Map<String, OfRoute> routes = new ConcurrentHashMap<>();
  private final Map<String, OfTenant> tenants = new ConcurrentHashMap<>();
  private final Timer delivered;
  private final Timer undelivered;

  /// @param clock that dates operations
  /// @param tenantsMax how many tenants have a label of their own
  public OperationMetrics(MetricsRegistry metrics, InstantSource clock, int tenantsMax) {
    this.registry = metrics.meters();
    this.clock = clock;
    this.tenantsMax = tenantsMax;
    this.delivered = deliveryAttempts("succeeded");
    this.undelivered = deliveryAttempts("failed");
  }

  private Timer deliveryAttempts(String outcome) {
    return Buckets.ofRequests("backlane.delivery.attempt.duration")
        .description("Attempts to deliver a notification, by outcome")
        .tag("outcome", outcome)
        .register(registry);
  }

  /// The meters of one route. They exist from the first operation of the route.
  private static final class OfRoute {
    private final Timer queued;
    private final Timer responded;
    private final Timer notSent;
    private final Timer unknown;
    private final Timer unusable;
    private final Timer finished;
    private final Timer failed;
    private final Timer canceled;
    private final Counter retries;

    OfRoute(MeterRegistry registry, String route) {
      queued =
          Buckets.ofLongWork(QUEUE)
              .description("From the 202 to the start of the first attempt, by route")
              .tag("route", route)
              .register(registry);
      responded = attempts(registry, route, "answered");
      notSent = attempts(registry, route, "not_sent");
      unknown = attempts(registry, route, "unknown");
      unusable = attempts(registry, route, "unusable");
      finished = ended(registry, route, "finished");
      failed = ended(registry, route, "failed");
      canceled = ended(registry, route, "canceled");
      retries =
          Counter.builder("backlane.operation.retries")
              .description("Attempts that were followed by another one, by route")
              .tag("route", route)
              .register(registry);
    }

    private static Timer attempts(MeterRegistry registry, String route, String verdict) {
      return Buckets.ofLongWork(ATTEMPT)
          .description(
              "Attempts, from the connect to the end of the response, by route and verdict")
          .tag("route", route)
          .tag("verdict", verdict)
          .register(registry);
    }

    private static Timer ended(MeterRegistry registry, String route, String phase) {
      return Buckets.ofLongWork(OPERATION)
          .description("From the receipt of a call to its end, by route and phase")
          .tag("route", route)
          .tag("phase", phase)
          .register(registry);
    }
  }

  /// The counters of one tenant.
  private static final class OfTenant {
    private final Counter accepted;
    private final Counter finished;
    private final Counter failed;
    private final Counter canceled;

    OfTenant(MeterRegistry registry, String tenant) {
      accepted = counter(registry, tenant, "accepted");
      finished = counter(registry, tenant, "finished");
      failed = counter(registry, tenant, "failed");
      canceled = counter(registry, tenant, "canceled");
    }

    private static Counter counter(MeterRegistry registry, String tenant, String event) {
      return Counter.builder(TENANT)
          .description(
              "Operations accepted and ended, by tenant; _other: all tenants beyond"
                  + " telemetry.tenants-max")
          .tag("tenant", tenant)
          .tag("event", event)
          .register(registry);
    }
  }

  private OfRoute of(Operation operation) {
    return routes.computeIfAbsent(operation.route(), route -> new OfRoute(registry, route));
  }

  private OfTenant tenantOf(Operation operation) {
    var tenant = operation.caller().tenant();
    var known = tenants.get(tenant);
    if (known != null) {
      return known;
    }
    // Concurrent first calls may exceed the bound by a few.
    var label = tenants.size() < tenantsMax ? tenant : OTHER_TENANTS;
    return tenants.computeIfAbsent(label, each -> new OfTenant(registry, each));
  }

  @Override
  public void accepted(Operation operation) {
    tenantOf(operation).accepted.increment();
  }

  @Override
  public void started(Operation running) {
    var state = running.state();
    if (state.attempt() == 1) {
      of(running).queued.record(sinceReceipt(running, clock.instant()));
    }
  }

  @Override
  public void attempted(Operation running, Verdict verdict, Duration took) {
    var route = of(running);
    var timer =
        switch (verdict) {
          case Verdict.Responded _ -> route.responded;
          case Verdict.NotSent _ -> route.notSent;
          case Verdict.Unknown _ -> route.unknown;
          case Verdict.Unusable _ -> route.unusable;
        };
    timer.record(took);
  }

  @Override
  public void settled(Operation next) {
    switch (next.state()) {
      case State.Queued queued -> {
        if (queued.lastError().isPresent()) {
          of(next).retries.increment();
        }
      }
      case State.Held _, State.Running _ -> {}
      case State.Finished finished -> {
        of(next).finished.record(sinceReceipt(next, finished.endedAt()));
        tenantOf(next).finished.increment();
      }
      case State.Failed failed -> {
        of(next).failed.record(sinceReceipt(next, failed.endedAt()));
        tenantOf(next).failed.increment();
      }
      case State.Canceled canceled -> {
        of(next).canceled.record(sinceReceipt(next, canceled.endedAt()));
        tenantOf(next).canceled.increment();
      }
    }
  }

  /// Not negative: the clocks of nodes differ by a little.
  private static Duration sinceReceipt(Operation operation, Instant time) {
    var since = Duration.between(operation.id().receivedAt(), time);
    return since.isNegative() ? Duration.ZERO : since;
  }

  /// The result of an attempt to deliver a notification is durable.
  void attempted(Delivery next) {
    boolean success = next.state() instanceof DeliveryState.Delivered;
    (success ? delivered : undelivered).record(next.attempts().getLast().took());
  }
}
