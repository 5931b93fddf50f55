package dev.backlane.gateway.operator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.StoreException;
import dev.backlane.gateway.http.Calls;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers `/health/live`, `/health/ready` and `/openapi.json`. Open to everybody: they tell nothing about any operation.
/// Thread-safe.
public final class OperatorEndpoints {
  private static final Logger LOG = LoggerFactory.getLogger(OperatorEndpoints.class);

  private final Map<String, Consumer<ServerResponse>> answers;
  private final OperationStore store;
  private final BooleanSupplier draining;

  /// @param openApi the OpenAPI document, in JSON
  /// @param draining whether the gateway is on its way down
  public OperatorEndpoints(OperationStore store, byte[] openApi, BooleanSupplier draining) {
    this.store = store;
    this.draining = draining;
    this.answers =
        Map.of(
            "/health/live", response -> health(response, true),
            "/health/ready", response -> health(response, ready()),
            "/openapi.json",
                response -> response.header("Content-Type", "application/json").send(openApi));
  }

  /// Answers if the path is one of these.
  ///
  /// @return false if it is not: nothing was sent
  public boolean answered(ServerRequest request, ServerResponse response) {
    var answer = answers.get(Calls.path(request));
    if (answer == null || !isRead(request.prologue().method().text())) {
      return false;
    }
    answer.accept(response);
    return true;
  }

  private static boolean isRead(String method) {
    return method.equals("GET") || method.equals("HEAD");
  }

  private boolean ready() {
    if (draining.getAsBoolean()) {
      return false;
    }
    try {
      store.probe();
      return true;
    } catch (StoreException broken) {
      LOG.warn("not ready: {}", broken.getMessage());
      return false;
    }
  }

  private static void health(ServerResponse response, boolean up) {
    response.status(up ? Status.OK_200 : Status.SERVICE_UNAVAILABLE_503);
    response.header("Content-Type", "application/json");
    response.header("Cache-Control", "no-store");
    response.send(("{\"status\":\"" + (up ? "UP" : "DOWN") + "\"}").getBytes(UTF_8));
  }
}
