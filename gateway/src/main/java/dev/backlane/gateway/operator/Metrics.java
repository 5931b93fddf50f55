package dev.backlane.gateway.operator;

import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.execution.ExecutionCounters;
import dev.backlane.engine.execution.permits.RouteLoad;
import dev.backlane.engine.memory.MemoryBudget;
import dev.backlane.engine.notification.DeliveryDispatcher;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.OperationStore;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;

/// The metrics of `/metrics`, in the text format of Prometheus. Reads the engine's own counters
/// when it is scraped, so that metrics add no cost to the hot path. Thread-safe.
public final class Metrics implements AutoCloseable {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics collections = new JvmGcMetrics();
  private final Dispatcher dispatcher;
  private final MultiGauge routeAttempts;
  private final MultiGauge routeLimits;
  private final MultiGauge routeTotals;

  /// @param dispatcher counts attempts
  /// @param deliverer counts deliveries
  /// @param memory for bodies
  /// @param damagedRecords how many stored records were found damaged
  public Metrics(
      OperationStore store,
      Dispatcher dispatcher,
      DeliveryStore deliveries,
      DeliveryDispatcher deliverer,
      MemoryBudget memory,
      LongSupplier damagedRecords) {
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
    this.dispatcher = dispatcher;
    this.routeAttempts =
        MultiGauge.builder("backlane.route.attempts.running")
            .description("Attempts in flight, by route; the empty route: no declared route matches")
            .register(registry);
    this.routeLimits =
        MultiGauge.builder("backlane.route.concurrency.limit")
            .description(
                "Attempts that one tenant may have in flight, by route: the lowest of all tenants; it falls while the upstream is slow or refuses calls")
            .register(registry);
    this.routeTotals =
        MultiGauge.builder("backlane.route.attempts.limit")
            .description(
                "Attempts of all tenants together that may be in flight, by route; it falls while the upstream refuses calls of nearly all tenants")
            .register(registry);
    deliveries(deliveries, deliverer);
    operations(dispatcher.counters());
    attempts(dispatcher.counters());
    memory(memory);
    new JvmMemoryMetrics().bindTo(registry);
    collections.bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
  }

  private void memory(MemoryBudget memory) {
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
    FunctionCounter.builder("backlane.memory.bodies.refusals", memory, MemoryBudget::refusals)
        .description("Times that more memory was refused: a body was spooled, or a call got 503")
        .register(registry);
  }

  private void deliveries(DeliveryStore store, DeliveryDispatcher deliverer) {
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
    FunctionCounter.builder("backlane.delivery.attempts", deliverer, count)
        .description("Webhook delivery attempts that have ended")
        .tag("outcome", outcome)
        .register(registry);
  }

  private void operations(ExecutionCounters counters) {
    FunctionCounter.builder(
            "backlane.operations.accepted", counters, ExecutionCounters::operationsAccepted)
        .description("Operations accepted: durable, 202 sent")
        .register(registry);
    FunctionCounter.builder(
            "backlane.operations.outcome.unknown",
            counters,
            ExecutionCounters::operationsOutcomeUnknown)
        .description("Operations that failed although the upstream may have acted")
        .register(registry);
    FunctionCounter.builder(
            "backlane.operations.set.aside", counters, ExecutionCounters::operationsSetAside)
        .description("Operations that failed because their outcome cannot be stored or read")
        .register(registry);
    ended(counters, "finished", ExecutionCounters::operationsFinished);
    ended(counters, "failed", ExecutionCounters::operationsFailed);
    ended(counters, "canceled", ExecutionCounters::operationsCanceled);
  }

  private void ended(
      ExecutionCounters counters, String phase, ToDoubleFunction<ExecutionCounters> count) {
    FunctionCounter.builder("backlane.operations.ended", counters, count)
        .description("Operations that have ended, by phase")
        .tag("phase", phase)
        .register(registry);
  }

  private void attempts(ExecutionCounters counters) {
    attempted(counters, "answered", ExecutionCounters::attemptsResponded);
    attempted(counters, "not_sent", ExecutionCounters::attemptsNotSent);
    attempted(counters, "unknown", ExecutionCounters::attemptsUnknown);
    attempted(counters, "unusable", ExecutionCounters::attemptsUnusable);
  }

  private void attempted(
      ExecutionCounters counters, String verdict, ToDoubleFunction<ExecutionCounters> count) {
    FunctionCounter.builder("backlane.attempts", counters, count)
        .description("Attempts that have ended, by verdict")
        .tag("verdict", verdict)
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

  /// The current values.
  String text() {
    var loads = dispatcher.routeLoads();
    routeAttempts.register(rows(loads, RouteLoad::running), true);
    routeLimits.register(rows(loads, RouteLoad::limit), true);
    routeTotals.register(rows(loads, RouteLoad::total), true);
    return registry.scrape();
  }

  @Override
  public void close() {
    collections.close();
    registry.close();
  }
}
