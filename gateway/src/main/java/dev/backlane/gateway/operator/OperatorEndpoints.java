package dev.backlane.gateway.operator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.CallHandler;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.telemetry.MetricsRegistry;
import dev.backlane.protocol.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// `/health/live`, `/health/ready` and `/openapi.json`, open to every client since they contain
/// nothing of any operation, and `/metrics`, for operators and their monitoring. Thread-safe.
public final class OperatorEndpoints implements CallHandler {
  private static final String METRICS = "/metrics";
  private static final Set<String> METHODS = Set.of("GET", "HEAD");
  private static final int OK = 200;
  private static final int SERVICE_UNAVAILABLE = 503;

  private final Map<String, CallHandler> handlers;
  private final MetricsRegistry metrics;
  private final OperatorGate gate;
  private final Readiness readiness;

  /// @param openApi responds to `/openapi.json`
  /// @param gate decides who may read `/metrics`
  public OperatorEndpoints(
      Readiness readiness, OpenApiDocuments openApi, MetricsRegistry metrics, OperatorGate gate) {
    this.readiness = readiness;
    this.metrics = metrics;
    this.gate = gate;
    this.handlers =
        Map.of(
            "/health/live",
            call -> send(call, OK, Map.of("status", "UP")),
            "/health/ready",
            this::sendReadiness,
            "/openapi.json",
            openApi,
            METRICS,
            this::sendMetrics);
  }

  /// Whether a call is for one of these paths, with a method that reads.
  public boolean owns(Call call) {
    return METHODS.contains(call.method()) && handlers.containsKey(call.path());
  }

  /// Responds to a call that is one of these [#owns].
  ///
  /// @throws ProblemException if the operator's token is required and missing
  @Override
  public void handle(Call call) {
    var handler = handlers.get(call.path());
    if (handler == null) {
      throw new IllegalArgumentException("not a path of operators: " + call.path());
    }
    handler.handle(call);
  }

  private void sendMetrics(Call call) {
    gate.requireMetrics(call);
    call.response()
        .set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        .set("Cache-Control", "no-store");
    call.respond(metrics.text().getBytes(UTF_8));
  }

  private void sendReadiness(Call call) {
    var state = readiness.state();
    var document = new LinkedHashMap<String, String>();
    document.put("status", status(state.ready()));
    state
        .reason()
        .ifPresent(reason -> {
          document.put("reason", reason);
          document.put("proxiedCalls", status(state.proxiedCalls()));
          document.put("backgroundCalls", status(state.backgroundCalls()));
        });
    send(call, state.ready() ? OK : SERVICE_UNAVAILABLE, document);
  }

  private static String status(boolean up) {
    return up ? "UP" : "DOWN";
  }

  private static void send(Call call, int status, Map<String, String> document) {
    call.response()
        .status(status)
        .set("Content-Type", Json.MEDIA_TYPE)
        .set("Cache-Control", "no-store");
    call.respond(Json.bytes(document));
  }
}
