package dev.backlane.gateway.operator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.engine.store.Admission;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.StoreException;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.CallHandler;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.protocol.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `/health/live`, `/health/ready` and `/openapi.json`, open to every client since they contain nothing
/// of any operation, and `/metrics`, for the operator. Thread-safe.
public final class OperatorEndpoints implements CallHandler {
  private static final Logger LOG = LoggerFactory.getLogger(OperatorEndpoints.class);

  private static final String METRICS = "/metrics";
  private static final Set<String> METHODS = Set.of("GET", "HEAD");
  private static final int OK = 200;
  private static final int SERVICE_UNAVAILABLE = 503;

  private final Map<String, CallHandler> handlers;
  private final Metrics metrics;
  private final OperatorToken token;
  private final OperationStore store;
  private final Admission admission;
  private final BooleanSupplier draining;

  /// @param admission whether the store has space for more
  /// @param openApi the OpenAPI document, in JSON
  /// @param draining whether the gateway is shutting down
  /// @param token required for `/metrics`
  public OperatorEndpoints(
      OperationStore store,
      Admission admission,
      byte[] openApi,
      BooleanSupplier draining,
      Metrics metrics,
      OperatorToken token) {
    this.store = store;
    this.admission = admission;
    this.metrics = metrics;
    this.token = token;
    this.draining = draining;
    this.handlers =
        Map.of(
            "/health/live",
            call -> sendHealth(call, Optional.empty()),
            "/health/ready",
            call -> sendHealth(call, unreadyReason()),
            "/openapi.json",
            call -> {
              call.response().set("Content-Type", Json.MEDIA_TYPE);
              call.respond(openApi);
            },
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
    token.require(call);
    call.response()
        .set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        .set("Cache-Control", "no-store");
    call.respond(metrics.text().getBytes(UTF_8));
  }

  /// Why the gateway accepts no calls at present, in terms that every client may see; the log has the
  /// details.
  private Optional<String> unreadyReason() {
    if (draining.getAsBoolean()) {
      return Optional.of("draining");
    }
    if (admission.refusal().isPresent()) {
      return Optional.of(admission.reason());
    }
    try {
      store.probe();
      return Optional.empty();
    } catch (StoreException failed) {
      LOG.warn("not ready, store probe failed: {}", failed.getMessage());
      return Optional.of("store-unavailable");
    }
  }

  private static void sendHealth(Call call, Optional<String> unreadyReason) {
    call.response()
        .status(unreadyReason.isEmpty() ? OK : SERVICE_UNAVAILABLE)
        .set("Content-Type", Json.MEDIA_TYPE)
        .set("Cache-Control", "no-store");
    var document = new LinkedHashMap<String, String>();
    document.put("status", unreadyReason.isEmpty() ? "UP" : "DOWN");
    unreadyReason.ifPresent(reason -> document.put("reason", reason));
    call.respond(Json.bytes(document));
  }
}
