package dev.backlane.gateway.telemetry;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.instrumentation.jvm.ProcessMetrics;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/// All metrics of the process, and their text for Prometheus. Meters have the names and units of
/// OpenTelemetry: `backlane.operation.duration` in seconds is `backlane_operation_duration_seconds`
/// in the text. Thread-safe.
public final class MetricsRegistry implements AutoCloseable {
  private final PrometheusMeterRegistry prometheus =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final MeterRegistry meters;
  private final Optional<MeterRegistry> sent;
  private final List<Runnable> beforeScrape = new CopyOnWriteArrayList<>();

  /// @param version of Backlane
  /// @param otlp where the metrics are sent too; empty: nowhere
  public MetricsRegistry(String version, Optional<OtlpMetrics> otlp) {
    sent = otlp.map(each -> each.open(this::update));
    // Without a collector, each value is recorded once.
    meters =
        sent.<MeterRegistry>map(
                each -> new CompositeMeterRegistry(Clock.SYSTEM, List.of(prometheus, each)))
            .orElse(prometheus);
    var text = prometheus.getPrometheusRegistry();
    ProcessMetrics.builder().register(text);
    Info.builder()
        .name("backlane_build_info")
        .help("The version of Backlane, and of the Java that runs it")
        .labelNames("version", "java_version")
        .register(text)
        .setLabelValues(version, Runtime.version().toString());
  }

  /// Where meters are registered.
  MeterRegistry meters() {
    return meters;
  }

  /// Runs an action before the values are read or sent, to update what is not counted as it
  /// changes.
  void beforeScrape(Runnable action) {
    beforeScrape.add(action);
  }

  /// The current values, in the text format of Prometheus.
  public String text() {
    update();
    return prometheus.scrape();
  }

  /// What the meters of operations and of upstreams have counted since the start.
  public Activity activity() {
    return Activity.of(prometheus.getMeters());
  }

  private void update() {
    beforeScrape.forEach(Runnable::run);
  }

  @Override
  public void close() {
    // Sends the last values, which need the sources of the gauges.
    sent.ifPresent(MeterRegistry::close);
    prometheus.close();
  }
}
