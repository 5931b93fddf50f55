package dev.backlane.gateway.operator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.engine.store.Admission;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.StoreException;
import dev.backlane.gateway.http.Calls;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.protocol.Json;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers `/health/live`, `/health/ready` and `/openapi.json`, open to everybody since they tell nothing about any operation,
/// and `/metrics`, for the operator. Thread-safe.
public final class OperatorEndpoints {
  private static final Logger LOG = LoggerFactory.getLogger(OperatorEndpoints.class);

  private static final String METRICS = "/metrics";

  private final Map<String, Consumer<ServerResponse>> answers;
  private final Metrics metrics;
  private final OperatorToken token;
  private final OperationStore store;
  private final Admission admission;
  private final BooleanSupplier draining;

  /// @param admission tells whether the store has room for more
  /// @param openApi the OpenAPI document, in JSON
  /// @param draining whether the gateway is on its way down
  /// @param token asked for with `/metrics`
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
    this.answers =
        Map.of(
            "/health/live",
            response -> health(response, Optional.empty()),
            "/health/ready",
            response -> health(response, unready()),
            "/openapi.json",
            response -> response.header("Content-Type", "application/json").send(openApi),
            METRICS,
            this::tellMetrics);
  }

  /// Answers if the path is one of these.
  ///
  /// @return false if it is not: nothing was sent
  /// @throws ProblemException if the operator's token is asked for and was not sent
  public boolean answered(ServerRequest request, ServerResponse response) {
    var answer = answers.get(Calls.path(request));
    if (answer == null || !isRead(request.prologue().method().text())) {
      return false;
    }
    if (Calls.path(request).equals(METRICS)) {
      token.require(request);
    }
    answer.accept(response);
    return true;
  }

  private void tellMetrics(ServerResponse response) {
    response.header("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    response.header("Cache-Control", "no-store");
    response.send(metrics.text().getBytes(UTF_8));
  }

  private static boolean isRead(String method) {
    return method.equals("GET") || method.equals("HEAD");
  }

  /// Why the gateway takes no calls at present, in words that are fit for everybody; the log tells an operator more.
  private Optional<String> unready() {
    if (draining.getAsBoolean()) {
      return Optional.of("draining");
    }
    if (admission.refusal().isPresent()) {
      return Optional.of(admission.reason());
    }
    try {
      store.probe();
      return Optional.empty();
    } catch (StoreException broken) {
      LOG.warn("not ready: {}", broken.getMessage());
      return Optional.of("store-unavailable");
    }
  }

  private static void health(ServerResponse response, Optional<String> reason) {
    response.status(reason.isEmpty() ? Status.OK_200 : Status.SERVICE_UNAVAILABLE_503);
    response.header("Content-Type", "application/json");
    response.header("Cache-Control", "no-store");
    var document = new LinkedHashMap<String, String>();
    document.put("status", reason.isEmpty() ? "UP" : "DOWN");
    reason.ifPresent(why -> document.put("reason", why));
    response.send(Json.bytes(document));
  }
}
