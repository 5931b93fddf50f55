package dev.backlane.gateway.telemetry;

import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.execution.ExecutionCounters;
import dev.backlane.engine.execution.permits.RouteLoad;
import dev.backlane.engine.memory.MemoryBudget;
import dev.backlane.engine.notification.DeliveryDispatcher;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueKey;
import dev.backlane.gateway.http.jetty.ConnectionUse;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.jvm.convention.otel.OpenTelemetryJvmMemoryMeterConventions;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;

/// The metrics that are read when they are scraped: the engine's own counters, and what is in use,
/// waits and is left. They add no cost to the hot path. Thread-safe.
public final class Gauges implements AutoCloseable {
  private static final double MILLIS_PER_SECOND = 1_000;

  private final MetricsRegistry metrics;
  private final MeterRegistry registry;
  private final JvmGcMetrics collections = new JvmGcMetrics();
  private volatile Health health = new Health(false, false);

  /// Whether this node serves.
  ///
  /// @param ready whether a load balancer should send calls
  /// @param storeUp whether the store can be written
  public record Health(boolean ready, boolean storeUp) {}

  public Gauges(MetricsRegistry metrics) {
    this.metrics = metrics;
    this.registry = metrics.meters();
    var none = Tags.empty();
    new JvmMemoryMetrics(none, new OpenTelemetryJvmMemoryMeterConventions(none)).bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    collections.bindTo(registry);
  }

  /// Registers what the dispatcher and its counters show.
  public void execution(Dispatcher dispatcher) {
    gauge("backlane.attempts.running", "Attempts in flight", dispatcher, Dispatcher::running);
    gauge(
        "backlane.attempts.concurrency.limit",
        "Attempts that may be in flight: execution.concurrency; fewer while the upstream is unreachable and just after",
        dispatcher,
        Dispatcher::concurrencyLimit);
    gauge(
        "backlane.outcomes.held",
        "Outcomes in the spool directory that the store has not accepted yet",
        dispatcher,
        Dispatcher::outcomesHeld);
    gauge(
        "backlane.upstream.unreachable",
        "1 while the upstream is unreachable: operations wait, single attempts probe it",
        dispatcher,
        each -> each.upstreamUnreachable() ? 1 : 0);
    routes(dispatcher);
    operations(dispatcher.counters());
    attempts(dispatcher.counters());
  }

  private void routes(Dispatcher dispatcher) {
    var running =
        MultiGauge.builder("backlane.route.attempts.running")
            .description("Attempts in flight, by route; the empty route: no declared route matches")
            .register(registry);
    var limits =
        MultiGauge.builder("backlane.route.concurrency.limit")
            .description(
                "Attempts that one tenant may have in flight, by route: the lowest of all tenants; it falls while the upstream is slow or refuses calls")
            .register(registry);
    var totals =
        MultiGauge.builder("backlane.route.attempts.limit")
            .description(
                "Attempts of all tenants together that may be in flight, by route; it falls while the upstream refuses calls of nearly all tenants")
            .register(registry);
    metrics.beforeScrape(() -> {
      var loads = dispatcher.routeLoads();
      running.register(rows(loads, RouteLoad::running), true);
      limits.register(rows(loads, RouteLoad::limit), true);
      totals.register(rows(loads, RouteLoad::total), true);
    });
  }

  /// Registers what waits in a store.
  ///
  /// @param clock by which operations are due
  /// @param damagedRecords how many stored records were found damaged
  public void store(OperationStore store, InstantSource clock, LongSupplier damagedRecords) {
    gauge(
        "backlane.store.damaged.records",
        "Stored records that were found damaged and set aside since the start, at most 1000",
        damagedRecords,
        LongSupplier::getAsLong);
    gauge(
        "backlane.operations.queued",
        "Operations that wait for a worker",
        store,
        OperationStore::queued);
    seconds(
        "backlane.operations.queued.age",
        "How long the operation that has been due longest waits for a worker; 0: none is due",
        () -> overdue(store, clock.instant()));
  }

  private static Duration overdue(OperationStore store, Instant now) {
    return store
        .nextDue(EveryPermit.INSTANCE)
        .filter(due -> due.isBefore(now))
        .map(due -> Duration.between(due, now))
        .orElse(Duration.ZERO);
  }

  /// Registers whether the node serves.
  ///
  /// @param source read once for each scrape
  public void health(Supplier<Health> source) {
    metrics.beforeScrape(() -> health = source.get());
    gauge(
        "backlane.ready",
        "1 while /health/ready returns 200",
        this,
        gauges -> gauges.health.ready() ? 1 : 0);
    gauge(
        "backlane.store.up",
        "1 while the store can be written",
        this,
        gauges -> gauges.health.storeUp() ? 1 : 0);
  }

  /// Registers the space of a disk.
  ///
  /// @param volume `store` or `spool`
  /// @param directory on the disk; it exists
  /// @param bytesMin with less free space, calls are refused
  public void disk(String volume, Path directory, long bytesMin) {
    var file = directory.toFile();
    Gauge.builder("backlane.disk.free", file, File::getUsableSpace)
        .description("Free space on the disk of the store or of the spool directory")
        .baseUnit(BaseUnits.BYTES)
        .tag("volume", volume)
        .strongReference(true)
        .register(registry);
    Gauge.builder("backlane.disk.free.min", () -> bytesMin)
        .description("Free space below which calls are refused: limits.disk-free-min")
        .baseUnit(BaseUnits.BYTES)
        .tag("volume", volume)
        .register(registry);
  }

  /// Registers the connections of clients.
  ///
  /// @param listener `server` or `admin`
  public void connections(String listener, Supplier<ConnectionUse> use) {
    connection(
        listener, "backlane.connections.open", "Connections of clients", use, ConnectionUse::open);
    connection(
        listener,
        "backlane.connections.max",
        "Connections of clients that may be open",
        use,
        ConnectionUse::max);
    connection(
        listener,
        "backlane.connections.memory.bytes",
        "Memory that connections and their calls occupy, estimated",
        use,
        ConnectionUse::bytes);
    connection(
        listener,
        "backlane.connections.memory.max.bytes",
        "Memory that they may occupy",
        use,
        ConnectionUse::bytesMax);
    counter(
        "backlane.connections.closed",
        "Connections that were closed to stay within the limits",
        Tags.of("listener", listener),
        use,
        each -> each.get().closed());
  }

  private void connection(
      String listener,
      String name,
      String description,
      Supplier<ConnectionUse> use,
      ToDoubleFunction<ConnectionUse> value) {
    Gauge.builder(name, use, each -> value.applyAsDouble(each.get()))
        .description(description)
        .tag("listener", listener)
        .strongReference(true)
        .register(registry);
  }

  /// Registers the memory for bodies.
  public void memory(MemoryBudget memory) {
    gauge(
        "backlane.memory.bodies.bytes",
        "Memory that bodies, waiting responses and lists occupy",
        memory,
        MemoryBudget::bytesUsed);
    gauge(
        "backlane.memory.bodies.max.bytes",
        "Memory that they may occupy: limits.memory-for-bodies",
        memory,
        MemoryBudget::bytesMax);
    counter(
        "backlane.memory.bodies.refusals",
        "Times that more memory was refused: a body was spooled, or a call got 503",
        Tags.empty(),
        memory,
        MemoryBudget::refusals);
  }

  /// Registers the deliveries of notifications.
  public void deliveries(DeliveryStore store, DeliveryDispatcher deliverer) {
    gauge(
        "backlane.deliveries.waiting",
        "Webhook deliveries that wait for an attempt, due or not, or have one in flight",
        store,
        DeliveryStore::waiting);
    gauge(
        "backlane.delivery.attempts.running",
        "Webhook delivery attempts in flight",
        deliverer,
        DeliveryDispatcher::running);
    gauge(
        "backlane.receivers.circuit.open",
        "Webhook receivers whose circuit breaker is open after repeated failures",
        deliverer,
        DeliveryDispatcher::openCircuits);
    delivered(deliverer, "succeeded", DeliveryDispatcher::attemptsSucceeded);
    delivered(deliverer, "failed", DeliveryDispatcher::attemptsFailed);
  }

  private void delivered(
      DeliveryDispatcher deliverer, String outcome, ToDoubleFunction<DeliveryDispatcher> count) {
    counter(
        "backlane.delivery.attempts",
        "Webhook delivery attempts that have ended",
        Tags.of("outcome", outcome),
        deliverer,
        count);
  }

  private void operations(ExecutionCounters counters) {
    counter(
        "backlane.operations.accepted",
        "Operations accepted: durable, 202 sent",
        Tags.empty(),
        counters,
        ExecutionCounters::operationsAccepted);
    counter(
        "backlane.operations.outcome.unknown",
        "Operations that failed although the upstream may have acted",
        Tags.empty(),
        counters,
        ExecutionCounters::operationsOutcomeUnknown);
    counter(
        "backlane.operations.set.aside",
        "Operations that failed because their outcome cannot be stored or read",
        Tags.empty(),
        counters,
        ExecutionCounters::operationsSetAside);
    ended(counters, "finished", ExecutionCounters::operationsFinished);
    ended(counters, "failed", ExecutionCounters::operationsFailed);
    ended(counters, "canceled", ExecutionCounters::operationsCanceled);
  }

  private void ended(
      ExecutionCounters counters, String phase, ToDoubleFunction<ExecutionCounters> count) {
    counter(
        "backlane.operations.ended",
        "Operations that have ended, by phase",
        Tags.of("phase", phase),
        counters,
        count);
  }

  private void attempts(ExecutionCounters counters) {
    attempted(counters, "answered", ExecutionCounters::attemptsResponded);
    attempted(counters, "not_sent", ExecutionCounters::attemptsNotSent);
    attempted(counters, "unknown", ExecutionCounters::attemptsUnknown);
    attempted(counters, "unusable", ExecutionCounters::attemptsUnusable);
  }

  private void attempted(
      ExecutionCounters counters, String verdict, ToDoubleFunction<ExecutionCounters> count) {
    counter(
        "backlane.attempts",
        "Attempts that have ended, by verdict",
        Tags.of("verdict", verdict),
        counters,
        count);
  }

  private <T> void counter(
      String name, String description, Tags tags, T source, ToDoubleFunction<T> value) {
    FunctionCounter.builder(name, source, value)
        .description(description)
        .tags(tags)
        .register(registry);
  }

  private <T> void gauge(String name, String description, T source, ToDoubleFunction<T> value) {
    Gauge.builder(name, source, value)
        .description(description)
        .strongReference(true)
        .register(registry);
  }

  private static List<MultiGauge.Row<?>> rows(
      Map<String, RouteLoad> loads, ToIntFunction<RouteLoad> value) {
    return loads.entrySet().stream()
        .<MultiGauge.Row<?>>map(load ->
            MultiGauge.Row.of(Tags.of("route", load.getKey()), value.applyAsInt(load.getValue())))
        .toList();
  }

  private void seconds(String name, String description, Supplier<Duration> value) {
    Gauge.builder(name, () -> value.get().toMillis() / MILLIS_PER_SECOND)
        .description(description)
        .baseUnit("seconds")
        .register(registry);
  }

  /// Stops listening to the garbage collector.
  @Override
  public void close() {
    collections.close();
  }

  /// Permits everything, to ask for what is due at all.
  private enum EveryPermit implements Permits {
    INSTANCE;

    @Override
    public boolean tryAcquire(QueueKey key) {
      return true;
    }

    @Override
    public void release(QueueKey key) {}

    @Override
    public boolean hasPermit(QueueKey key) {
      return true;
    }
  }
}
