package dev.backlane.gateway;

import dev.backlane.gateway.api.BackgroundApi;
import dev.backlane.gateway.api.CrossOrigin;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.CallHandler;
import dev.backlane.gateway.intake.Intake;
import dev.backlane.gateway.proxy.ProxyHandler;

/// Passes each call to the one handler that owns it. Paths are compared as received, neither
/// decoded nor normalized, so that no spelling of a path reaches a handler that another check has
/// not seen. Thread-safe.
///
/// ```text
/// /v1/background…                           ─▶ CrossOrigin ─▶ BackgroundApi
/// /admin/v1/…, /ui…, /health/…, /metrics, /openapi.json ─▶ OperatorRoutes
/// erp-api-background, Prefer: respond-async ─▶ Intake
/// everything else                           ─▶ ProxyHandler
/// ```
public final class Router implements CallHandler {
  private final BackgroundApi api;
  private final OperatorRoutes operators;
  private final Intake intake;
  private final ProxyHandler proxy;
  private final CrossOrigin origins;

  /// @param origins the web pages that may read the responses of `api` and of `intake`; those of
  ///     the upstream have its own CORS fields
  public Router(
      BackgroundApi api,
      OperatorRoutes operators,
      Intake intake,
      ProxyHandler proxy,
      CrossOrigin origins) {
    this.api = api;
    this.operators = operators;
    this.intake = intake;
    this.proxy = proxy;
    this.origins = origins;
  }

  @Override
  public void handle(Call call) {
    if (api.owns(call.path())) {
      if (!origins.preflight(call)) {
        origins.permit(call);
        api.handle(call);
      }
    } else if (!operators.handle(call)) {
      if (intake.wants(call)) {
        origins.permit(call);
        intake.handle(call);
      } else {
        proxy.handle(call);
      }
    }
  }
}
