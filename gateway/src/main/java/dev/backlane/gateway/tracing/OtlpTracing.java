package dev.backlane.gateway.tracing;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Operation;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// Spans that are exported over OTLP by the SDK of OpenTelemetry. The standard `OTEL_*` variables
/// apply, such as those of the sampler, the headers of requests and the attributes of the resource.
/// Thread-safe.
public final class OtlpTracing implements Tracing {
  private static final long CLOSE_SECONDS_MAX = 5;

  /// The part of the SDK that would give this process another `service.instance.id`.
  private static final String OWN_INSTANCE_ID =
      "io.opentelemetry.sdk.autoconfigure.ServiceInstanceIdResourceProvider";

  private static final AttributeKey<String> LINKED = AttributeKey.stringKey("backlane.link");
  private static final Attributes LATER = Attributes.of(LINKED, "accepted-earlier");

  private final OpenTelemetrySdk sdk;
  private final Tracer tracer;

  private OtlpTracing(OpenTelemetrySdk sdk, String version) {
    this.sdk = sdk;
    this.tracer = sdk.getTracerProvider().get("dev.backlane", version);
  }

  /// Starts the SDK. An endpoint that does not respond does not prevent it.
  ///
  /// @param endpoint the base URL of the collector; empty: that of `OTEL_EXPORTER_OTLP_ENDPOINT`
  /// @param resource attributes of this process, unless a variable sets them
  /// @throws IllegalArgumentException if a standard variable has a wrong value; names it
  public static OtlpTracing open(
      Optional<String> endpoint, Map<String, String> resource, String version) {
    var defaults = new HashMap<String, String>();
    defaults.put("otel.exporter.otlp.protocol", "http/protobuf");
    // Metrics are exported by their own registry.
    defaults.put("otel.metrics.exporter", "none");
    defaults.put("otel.logs.exporter", "none");
    defaults.put("otel.service.name", "backlane");
    // The resource has the same id as that of the metrics.
    defaults.put("otel.java.disabled.resource.providers", OWN_INSTANCE_ID);
    defaults.put(
        "otel.resource.attributes",
        resource.entrySet().stream()
            .map(attribute -> attribute.getKey() + "=" + attribute.getValue())
            .collect(Collectors.joining(",")));
    try {
      return new OtlpTracing(sdk(endpoint, defaults), version);
    } catch (ConfigurationException wrong) {
      throw new IllegalArgumentException(
          "tracing cannot be configured by the OTEL_ variables: " + wrong.getMessage(), wrong);
    }
  }

  private static OpenTelemetrySdk sdk(Optional<String> endpoint, Map<String, String> defaults) {
    return AutoConfiguredOpenTelemetrySdk.builder()
        .disableShutdownHook()
        .addPropertiesSupplier(() -> defaults)
        .addPropertiesCustomizer(
            _ -> endpoint.map(url -> Map.of("otel.exporter.otlp.endpoint", url)).orElse(Map.of()))
        .build()
        .getOpenTelemetrySdk();
  }

  @Override
  public Span accept(String method, List<Header> received) {
    var builder =
        tracer
            .spanBuilder("accept " + method)
            .setSpanKind(SpanKind.SERVER)
            .setAttribute("http.request.method", method);
    var caller = remote(received);
    return begin(
        caller.isPresent() ? under(builder, caller.get()) : builder.setNoParent(), received);
  }

  @Override
  public Span attempt(Operation running) {
    var request = running.request();
    var span =
        later(
            tracer.spanBuilder("attempt " + request.method()).setSpanKind(SpanKind.CLIENT),
            request.headers());
    span.set("http.request.method", request.method());
    span.set("backlane.operation.id", running.id().toString());
    span.set("backlane.tenant", running.caller().tenant());
    span.set("backlane.route", running.route());
    span.set("backlane.attempt", running.state().attempt());
    return span;
  }

  @Override
  public Span delivery(Delivery delivery, List<Header> context) {
    var span = later(tracer.spanBuilder("notify").setSpanKind(SpanKind.CLIENT), context);
    span.set("http.request.method", "POST");
    span.set("backlane.delivery.id", delivery.id().toString());
    span.set("backlane.tenant", delivery.tenant());
    span.set("backlane.receiver", delivery.receiver());
    span.set("backlane.attempt", delivery.attempts().size() + 1L);
    return span;
  }

  /// Begins a step that follows an accept after a wait.
  private Span later(SpanBuilder builder, List<Header> stored) {
    var accepted = remote(stored);
    return begin(
        accepted.isPresent()
            ? under(builder, accepted.get()).addLink(accepted.get(), LATER)
            : builder.setNoParent(),
        stored);
  }

  private static SpanBuilder under(SpanBuilder builder, SpanContext parent) {
    return builder.setParent(Context.root().with(io.opentelemetry.api.trace.Span.wrap(parent)));
  }

  /// @param from the header fields that the step continues
  private static Span begin(SpanBuilder builder, List<Header> from) {
    return new Recorded(builder.startSpan(), vendors(from));
  }

  private static Optional<SpanContext> remote(List<Header> fields) {
    return TraceContext.of(fields)
        .map(context ->
            SpanContext.createFromRemoteParent(
                context.traceId(),
                context.parentId(),
                TraceFlags.fromHex(context.flags(), 0),
                TraceState.getDefault()));
  }

  /// What vendors of tracing systems have added to a valid context; it is passed on as it is.
  private static List<Header> vendors(List<Header> fields) {
    return Tracing.contextOf(fields).stream()
        .filter(field -> field.is(TraceContext.VENDOR_HEADER))
        .toList();
  }

  /// A span of the SDK.
  ///
  /// @param vendors the fields of vendors for the requests of the step
  private record Recorded(io.opentelemetry.api.trace.Span span, List<Header> vendors)
      implements Span {
    @Override
    public List<Header> propagate(List<Header> fields) {
      var own = span.getSpanContext();
      var context = new ArrayList<Header>(1 + vendors.size());
      context.add(
          new TraceContext(own.getTraceId(), own.getSpanId(), own.getTraceFlags().asHex())
              .header());
      context.addAll(vendors);
      return Tracing.replaced(fields, context);
    }

    @Override
    public void set(String name, String value) {
      span.setAttribute(name, value);
    }

    @Override
    public void set(String name, long value) {
      span.setAttribute(name, value);
    }

    @Override
    public void failed(String type) {
      span.setAttribute("error.type", type);
      span.setStatus(StatusCode.ERROR);
    }

    @Override
    public void close() {
      span.end();
    }
  }

  @Override
  public void close() {
    var _ = sdk.shutdown().join(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
  }
}
