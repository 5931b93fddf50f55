package dev.backlane.gateway.admin;

import dev.backlane.gateway.http.Calls;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.operator.OperatorAuthorizer;
import dev.backlane.protocol.ProblemType;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;

/// The operator's API, `/admin/v1`: see docs/admin-api.md. Off where no operator can sign in; then its paths are the upstream's.
/// Thread-safe.
public final class AdminApi {
  private static final String ROOT = "/admin/v1";

  private final OperatorAuthorizer gate;
  private final SubscriptionsResource subscriptions;
  private final DeliveriesResource deliveries;

  /// @param gate lets operators in
  public AdminApi(
      OperatorAuthorizer gate, SubscriptionsResource subscriptions, DeliveriesResource deliveries) {
    this.gate = gate;
    this.subscriptions = subscriptions;
    this.deliveries = deliveries;
  }

  /// Tells whether a raw path belongs to this API.
  public boolean owns(String rawPath) {
    return gate.open() && (rawPath.equals(ROOT) || rawPath.startsWith(ROOT + "/"));
  }

  /// Answers one request that [#owns] is true for.
  ///
  /// @throws ProblemException if it cannot be answered as asked
  public void answer(ServerRequest request, ServerResponse response) {
    var operator = gate.admit(request, response);
    response.header("Cache-Control", "no-store");
    var visit = new AdminCall(request, response, operator);
    var path = List.of(Calls.path(request).substring(ROOT.length()).split("/", -1));
    var rest = path.subList(1, path.size());
    switch (rest.isEmpty() ? "" : rest.getFirst()) {
      case "subscriptions" -> subscriptions.answer(visit, rest.subList(1, rest.size()));
      case "deliveries" -> deliveries.answer(visit, rest.subList(1, rest.size()));
      default -> throw unknown();
    }
  }

  static ProblemException unknown() {
    return new ProblemException(
        ProblemType.NOT_FOUND, "There is nothing here. The paths are in docs/admin-api.md.");
  }
}
