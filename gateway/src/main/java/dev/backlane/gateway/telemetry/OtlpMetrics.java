package dev.backlane.gateway.telemetry;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.core.instrument.distribution.pause.PauseDetector;
import io.micrometer.registry.otlp.OtlpConfig;
import io.micrometer.registry.otlp.OtlpMeterRegistry;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Where metrics are sent by OTLP: once a minute, and at the end of the process.
///
/// @param endpoint the base URL of the collector; empty: that of the standard variables
/// @param resource attributes of this process, unless a variable sets them
public record OtlpMetrics(Optional<String> endpoint, Map<String, String> resource) {
  private static final String SERVICE_NAME = "service.name";

  /// A registry that sends its metrics.
  ///
  /// @param before runs before the values are read
  MeterRegistry open(Runnable before) {
    var registry = new Registry(new Settings(), before);
    registry.config().meterFilter(new OpenTelemetryUnits());
    return registry;
  }

  private static final class Registry extends OtlpMeterRegistry {
    private final Runnable before;

    Registry(OtlpConfig settings, Runnable before) {
      super(settings, Clock.SYSTEM);
      this.before = before;
    }

    @Override
    protected Timer newTimer(
        Meter.Id id, DistributionStatisticConfig distribution, PauseDetector pauses) {
      return super.newTimer(id.withBaseUnit("s"), distribution, pauses);
    }

    @Override
    protected void publish() {
      before.run();
      super.publish();
    }
  }

  /// The units of OpenTelemetry (UCUM) in place of Micrometer's words.
  private static final class OpenTelemetryUnits implements MeterFilter {
    @Override
    public Meter.Id map(Meter.Id id) {
      return switch (id.getBaseUnit()) {
        case "seconds" -> id.withBaseUnit("s");
        case BaseUnits.BYTES -> id.withBaseUnit("By");
        case null, default -> id;
      };
    }
  }

  private final class Settings implements OtlpConfig {
    @Override
    public @Nullable String get(String key) {
      return null;
    }

    @Override
    public String url() {
      return endpoint.map(base -> base + "/v1/metrics").orElseGet(OtlpConfig.super::url);
    }

    /// The unit of OpenTelemetry's conventions.
    @Override
    public TimeUnit baseTimeUnit() {
      return TimeUnit.SECONDS;
    }

    @Override
    public Map<String, String> resourceAttributes() {
      var attributes = new HashMap<>(resource);
      attributes.put(SERVICE_NAME, "backlane");
      OtlpConfig.super
          .resourceAttributes()
          .forEach((name, value) -> {
            // Micrometer's own default, unless a variable names the service.
            if (!name.equals(SERVICE_NAME) || !value.equals("unknown_service")) {
              attributes.put(name, value);
            }
          });
      return attributes;
    }
  }
}
