package dev.backlane.gateway;

import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.CallHandler;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.protocol.ProblemType;

/// Serves `admin.port`: the paths of operators and nothing else. Nothing is passed on to the
/// upstream. Thread-safe.
public final class OperatorPort implements CallHandler {
  private final OperatorRoutes routes;

  public OperatorPort(OperatorRoutes routes) {
    this.routes = routes;
  }

  @Override
  public void handle(Call call) {
    if (!routes.handle(call)) {
      throw new ProblemException(
          ProblemType.NOT_FOUND,
          "This port (admin.port) serves /health/live, /health/ready, /metrics, /openapi.json and, if operators can"
              + " sign in, /ui and /admin/v1. All other calls go to server.port.");
    }
  }
}
