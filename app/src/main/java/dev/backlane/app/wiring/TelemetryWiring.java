package dev.backlane.app.wiring;

import dev.backlane.app.config.sections.Config;
import dev.backlane.app.config.sections.StoreSection;
import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.memory.MemoryBudget;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.local.DiskSpace;
import dev.backlane.gateway.http.jetty.JettyListener;
import dev.backlane.gateway.operator.Readiness;
import dev.backlane.gateway.telemetry.EventLog;
import dev.backlane.gateway.telemetry.Events;
import dev.backlane.gateway.telemetry.Gauges;
import dev.backlane.gateway.telemetry.HttpMetrics;
import dev.backlane.gateway.telemetry.MetricsRegistry;
import dev.backlane.gateway.telemetry.OperationMetrics;
import dev.backlane.gateway.telemetry.OtlpMetrics;
import dev.backlane.gateway.tracing.OtlpTracing;
import dev.backlane.gateway.tracing.Tracing;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the gateway reports about its work: to the log, as metrics, and as traces.
///
/// @param tracing records the steps of calls, if there is a collector
/// @param events receives what happens to operations and deliveries
/// @param http receives the requests of clients and those to the upstream
record TelemetryWiring(
    MetricsRegistry registry, Tracing tracing, Events events, HttpMetrics http, Gauges gauges)
    implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TelemetryWiring.class);

  /// The standard variables that name a collector.
  private static final List<String> ENDPOINTS =
      List.of(
          "OTEL_EXPORTER_OTLP_ENDPOINT",
          "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
          "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT");

  /// @param clock that dates operations
  /// @throws StartException if a standard variable has a wrong value
  static TelemetryWiring of(Config config, InstantSource clock) {
    var collector = collector(config);
    var resource =
        Map.of(
            "service.version", Version.text(), "service.instance.id", UUID.randomUUID().toString());
    var registry =
        new MetricsRegistry(
            Version.text(), collector.map(endpoint -> new OtlpMetrics(endpoint.url(), resource)));
    var operations = new OperationMetrics(registry, clock, config.telemetry().tenantsMax());
    return new TelemetryWiring(
        registry,
        collector.map(endpoint -> tracing(endpoint, resource)).orElse(Tracing.OFF),
        new Events(new EventLog(), operations),
        new HttpMetrics(registry, config.upstream().url()),
        new Gauges(registry));
  }

  private static Tracing tracing(Collector collector, Map<String, String> resource) {
    try {
      return OtlpTracing.open(collector.url(), resource, Version.text());
    } catch (IllegalArgumentException wrong) {
      throw new StartException(String.valueOf(wrong.getMessage()), wrong);
    }
  }

  /// The collector of traces and metrics.
  ///
  /// @param url empty: the standard variables have it
  private record Collector(Optional<String> url) {}

  private static Optional<Collector> collector(Config config) {
    var configured = config.telemetry().otlpEndpoint().map(URI::toString);
    boolean byVariable =
        ENDPOINTS.stream().anyMatch(name -> !System.getenv().getOrDefault(name, "").isBlank());
    boolean disabled = Boolean.parseBoolean(System.getenv("OTEL_SDK_DISABLED"));
    return !disabled && (configured.isPresent() || byVariable)
        ? Optional.of(new Collector(configured))
        : Optional.empty();
  }

  /// Reports what operations and deliveries do from now on.
  ///
  /// @param store the operations that the gateway uses
  void measure(
      Storage storage,
      OperationStore store,
      Dispatcher dispatcher,
      WebhookWiring webhooks,
      MemoryBudget memory) {
    dispatcher.counters().reportTo(events);
    gauges.execution(dispatcher);
    gauges.store(store, storage.clock(), storage.store()::damagedRecords);
    gauges.deliveries(storage.deliveries(), webhooks.dispatcher());
    gauges.memory(memory);
  }

  /// Reports what serves clients, from now on. The directories of the store exist.
  void measure(
      Config config,
      Readiness readiness,
      JettyListener listener,
      Optional<JettyListener> operatorListener) {
    gauges.health(readiness::health);
    gauges.connections("server", listener::connections);
    operatorListener.ifPresent(own -> gauges.connections("admin", own::connections));
    disks(config);
  }

  private void disks(Config config) {
    if (config.store() instanceof StoreSection.RocksDb embedded) {
      disk("store", embedded.path(), config);
    }
    config.spool().ifPresent(spool -> disk("spool", spool.path(), config));
  }

  private void disk(String volume, Path directory, Config config) {
    try {
      if (Files.isDirectory(directory)) {
        var disk = Files.getFileStore(directory);
        gauges.disk(volume, directory, DiskSpace.limit(disk, config.limits().diskFreeBytesMin()));
      }
    } catch (IOException unreadable) {
      LOG.warn("There are no metrics of the disk of {}: {}", directory, unreadable.toString());
    }
  }

  @Override
  public void close() {
    tracing.close();
    gauges.close();
    registry.close();
  }
}
