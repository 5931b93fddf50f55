package dev.backlane.gateway.operator;

import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.execution.ExecutionCounters;
import dev.backlane.engine.notification.DeliveryDispatcher;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.OperationStore;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.function.ToDoubleFunction;

/// What `/metrics` tells, in the text format of Prometheus. Reads the engine's own counts when it is asked, so that counting
/// costs the hot path nothing more. Thread-safe.
public final class Metrics implements AutoCloseable {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics collections = new JvmGcMetrics();

  /// @param dispatcher whose attempts are told
  /// @param deliverer whose deliveries are told
  public Metrics(
      OperationStore store,
      Dispatcher dispatcher,
      DeliveryStore deliveries,
      DeliveryDispatcher deliverer) {
    gauge(
        "backlane.operations.queued",
        "Operations that wait for a worker",
        store,
        OperationStore::queued);
    gauge("backlane.attempts.running", "Attempts under way", dispatcher, Dispatcher::running);
    gauge(
        "backlane.attempts.concurrency.limit",
        "Attempts that may be under way: fewer than execution.concurrency while the upstream takes fewer",
        dispatcher,
        Dispatcher::concurrencyLimit);
    deliveries(deliveries, deliverer);
    operations(dispatcher.counters());
    attempts(dispatcher.counters());
    new JvmMemoryMetrics().bindTo(registry);
    collections.bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
  }

  private void deliveries(DeliveryStore store, DeliveryDispatcher deliverer) {
    gauge(
        "backlane.deliveries.waiting",
        "Webhook deliveries that wait for an attempt, due or not, or are under way",
        store,
        DeliveryStore::waiting);
    gauge(
        "backlane.delivery.attempts.running",
        "Webhook delivery attempts under way",
        deliverer,
        DeliveryDispatcher::running);
    gauge(
        "backlane.receivers.left.alone",
        "Webhook receivers that failed so often in a row that they are left alone for a while",
        deliverer,
        DeliveryDispatcher::openCircuits);
    delivered(deliverer, "succeeded", DeliveryDispatcher::attemptsSucceeded);
    delivered(deliverer, "failed", DeliveryDispatcher::attemptsFailed);
  }

  private void delivered(
      DeliveryDispatcher deliverer, String outcome, ToDoubleFunction<DeliveryDispatcher> count) {
    FunctionCounter.builder("backlane.delivery.attempts", deliverer, count)
        .description("Webhook delivery attempts that are over")
        .tag("outcome", outcome)
        .register(registry);
  }

  private void operations(ExecutionCounters tally) {
    FunctionCounter.builder(
            "backlane.operations.accepted", tally, ExecutionCounters::operationsAccepted)
        .description("Operations accepted: durable, and answered 202")
        .register(registry);
    FunctionCounter.builder(
            "backlane.operations.outcome.unknown",
            tally,
            ExecutionCounters::operationsOutcomeUnknown)
        .description("Operations that failed although the upstream may have acted")
        .register(registry);
    ended(tally, "finished", ExecutionCounters::operationsFinished);
    ended(tally, "failed", ExecutionCounters::operationsFailed);
    ended(tally, "canceled", ExecutionCounters::operationsCanceled);
  }

  private void ended(
      ExecutionCounters tally, String phase, ToDoubleFunction<ExecutionCounters> count) {
    FunctionCounter.builder("backlane.operations.ended", tally, count)
        .description("Operations that ended, by the phase in which they did")
        .tag("phase", phase)
        .register(registry);
  }

  private void attempts(ExecutionCounters tally) {
    attempted(tally, "answered", ExecutionCounters::attemptsResponded);
    attempted(tally, "not_sent", ExecutionCounters::attemptsNotSent);
    attempted(tally, "unknown", ExecutionCounters::attemptsUnknown);
    attempted(tally, "unusable", ExecutionCounters::attemptsUnusable);
  }

  private void attempted(
      ExecutionCounters tally, String verdict, ToDoubleFunction<ExecutionCounters> count) {
    FunctionCounter.builder("backlane.attempts", tally, count)
        .description("Attempts that are over, by what is known afterwards")
        .tag("verdict", verdict)
        .register(registry);
  }

  private <T> void gauge(String name, String description, T source, ToDoubleFunction<T> value) {
    Gauge.builder(name, source, value)
        .description(description)
        .strongReference(true)
        .register(registry);
  }

  /// The page, as of now.
  String text() {
    return registry.scrape();
  }

  @Override
  public void close() {
    collections.close();
    registry.close();
  }
}
