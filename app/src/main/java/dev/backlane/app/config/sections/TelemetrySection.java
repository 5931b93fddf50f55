package dev.backlane.app.config.sections;

import dev.backlane.app.config.reader.Section;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.reader.Types;
import dev.backlane.app.config.reader.Values;
import dev.backlane.app.logging.Logging;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/// `log` and `telemetry`: what operators and their monitoring see.
///
/// @param level the lowest level of the gateway's own messages that is logged
/// @param format how a line of the log is written
/// @param tenantsMax how many tenants have metrics of their own
/// @param otlpEndpoint the collector of traces and metrics; empty: the standard variables decide
public record TelemetrySection(
    String level, Logging.Format format, int tenantsMax, Optional<URI> otlpEndpoint) {
  private static final int TENANTS_MAX_MAX = 10_000;

  static final Section LOG = Section.of("What is logged on standard error.");
  static final Section SECTION = Section.of("Metrics and traces.");

  private static final Setting<String> LEVEL =
      LOG.add(
          Setting.of(
                  "log.level",
                  Types.oneOf(List.of("ERROR", "WARN", "INFO", "DEBUG", "TRACE", "OFF")),
                  "The lowest level of the gateway's own messages that is logged. Libraries log from"
                      + " WARN.")
              .byDefault("INFO")
              .reloaded());
  private static final Setting<String> FORMAT =
      LOG.add(
          Setting.of(
                  "log.format",
                  Types.oneOf(List.of("text", "json")),
                  "How a line is written: for people, or as a JSON object for programs that collect"
                      + " logs.")
              .byDefault("text")
              .reloaded());
  private static final Setting<Integer> TENANTS_MAX =
      SECTION.add(
          Setting.of(
                  "telemetry.tenants-max",
                  Types.wholeNumber(0, TENANTS_MAX_MAX),
                  "How many tenants have a label of their own in backlane_tenant_operations_total:"
                      + " those that are seen first. All others share the label _other.")
              .byDefault("100"));

  private static final Setting<URI> OTLP_ENDPOINT =
      SECTION.add(
          Setting.of(
              "telemetry.otlp-endpoint",
              Types.baseUrl("http://127.0.0.1:4318"),
              "The collector to which traces and metrics are sent by OTLP over HTTP: /v1/traces and"
                  + " /v1/metrics below this URL. If unset, the variable"
                  + " OTEL_EXPORTER_OTLP_ENDPOINT; without it, nothing is sent. Other OTEL_"
                  + " variables apply too."));

  static TelemetrySection of(Values values) {
    return new TelemetrySection(
        values.get(LEVEL),
        Logging.Format.named(values.get(FORMAT)).orElseThrow(),
        values.get(TENANTS_MAX),
        values.find(OTLP_ENDPOINT));
  }

  /// Puts the settings of the log in force.
  public void configureLog() {
    Logging.configure(level, format);
  }
}
