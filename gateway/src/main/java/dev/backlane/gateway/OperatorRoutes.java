package dev.backlane.gateway;

import dev.backlane.gateway.admin.AdminApi;
import dev.backlane.gateway.dashboard.Dashboard;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.CallReport.Kind;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.maintenance.StoreMaintenance;
import dev.backlane.gateway.operator.OperatorEndpoints;
import dev.backlane.protocol.ProblemType;
import java.util.Optional;

/// Passes the calls of operators and their machines to their handlers. Thread-safe.
///
/// ```text
/// /admin/v1/store/…                  ─▶ StoreMaintenance
/// /admin/v1/…                        ─▶ AdminApi
/// /ui…                               ─▶ Dashboard
/// /health/…, /metrics, /openapi.json ─▶ OperatorEndpoints
/// ```
public final class OperatorRoutes {
  private final OperatorEndpoints endpoints;
  private final StoreMaintenance store;
  private final AdminApi admin;
  private final Dashboard dashboard;
  private final Optional<String> host;

  /// @param host the authority on which alone `/admin/v1` and `/ui` are served, and nothing of the
  ///     upstream; empty: they are served on every host. Pages of the upstream on the same host
  ///     could act in the name of an operator who opens them
  public OperatorRoutes(
      OperatorEndpoints endpoints,
      StoreMaintenance store,
      AdminApi admin,
      Dashboard dashboard,
      Optional<String> host) {
    this.endpoints = endpoints;
    this.store = store;
    this.admin = admin;
    this.dashboard = dashboard;
    this.host = host;
  }

  /// Responds to a call if it is for operators.
  ///
  /// @return false if it is not; nothing was sent
  /// @throws ProblemException 404 if the call is for the host of operators and for none of the
  ///     paths
  boolean handle(Call call) {
    var before = call.report().kind();
    call.report().kind(Kind.OPERATOR);
    boolean onHost = host.isEmpty() || host.get().equalsIgnoreCase(call.authority());
    var path = call.path();
    if (onHost && store.owns(path)) {
      store.handle(call);
    } else if (onHost && admin.owns(path)) {
      admin.handle(call);
    } else if (onHost && dashboard.owns(path)) {
      dashboard.handle(call);
    } else if (endpoints.owns(call)) {
      endpoints.handle(call);
    } else if (onHost && host.isPresent()) {
      throw new ProblemException(
          ProblemType.NOT_FOUND, "This host serves operators only. Open /ui.");
    } else {
      call.report().kind(before);
      return false;
    }
    return true;
  }
}
