package dev.backlane.gateway;

import dev.backlane.gateway.api.BackgroundApi;
import dev.backlane.gateway.api.CrossOrigin;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.CallHandler;
import dev.backlane.gateway.http.CallReport.Kind;
import dev.backlane.gateway.intake.Intake;
import dev.backlane.gateway.operator.OperatorGate;
import dev.backlane.gateway.proxy.ProxyHandler;
import java.util.Optional;

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
///
/// With `admin.port`, the paths of operators are on that port alone ([OperatorPort]), and belong to
/// the upstream here. A token of operators is never passed on.
public final class Router implements CallHandler {
  private final BackgroundApi api;
  private final Optional<OperatorRoutes> operators;
  private final OperatorGate gate;
  private final Intake intake;
  private final ProxyHandler proxy;
  private final CrossOrigin origins;

  /// @param operators empty: operators have a port of their own
  /// @param gate recognizes the tokens of operators
  /// @param origins the web pages that may read the responses of `api` and of `intake`; those of
  ///     the upstream have its own CORS fields
  public Router(
      BackgroundApi api,
      Optional<OperatorRoutes> operators,
      OperatorGate gate,
      Intake intake,
      ProxyHandler proxy,
      CrossOrigin origins) {
    this.api = api;
    this.operators = operators;
    this.gate = gate;
    this.intake = intake;
    this.proxy = proxy;
    this.origins = origins;
  }

  @Override
  public void handle(Call call) {
    boolean own = api.owns(call.path());
    var report = call.report();
    if (!own && operators.isPresent() && operators.get().handle(call)) {
      return;
    }
    report.kind(own ? Kind.API : Kind.PROXY);
    gate.keepTokens(call);
    if (own) {
      if (!origins.preflight(call)) {
        origins.permit(call);
        api.handle(call);
      }
    } else if (intake.wants(call)) {
      report.kind(Kind.BACKGROUND);
      origins.permit(call);
      intake.handle(call);
    } else {
      proxy.handle(call);
    }
  }
}
