package dev.backlane.gateway.admin;

import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.CallHandler;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.PublicAddress;
import dev.backlane.gateway.operator.OperatorAuthorizer;
import dev.backlane.protocol.ProblemType;
import java.util.List;

/// The operator's API, `/admin/v1`: see docs/admin-api.md. Off if no operator can sign in; then its
/// paths are the upstream's. Thread-safe.
public final class AdminApi implements CallHandler {
  static final int OK = 200;
  static final int CREATED = 201;
  static final int ACCEPTED = 202;

  private static final String ROOT = "/admin/v1";

  private final OperatorAuthorizer authorizer;
  private final PublicAddress address;
  private final SubscriptionsResource subscriptions;
  private final DeliveriesResource deliveries;
  private final HeldResource held;

  /// @param address the base of locations
  public AdminApi(
      OperatorAuthorizer authorizer,
      PublicAddress address,
      SubscriptionsResource subscriptions,
      DeliveriesResource deliveries,
      HeldResource held) {
    this.authorizer = authorizer;
    this.address = address;
    this.subscriptions = subscriptions;
    this.deliveries = deliveries;
    this.held = held;
  }

  /// Whether a raw path belongs to this API.
  public boolean owns(String rawPath) {
    return authorizer.enabled() && (rawPath.equals(ROOT) || rawPath.startsWith(ROOT + "/"));
  }

  /// Responds to a call whose path this API [#owns].
  ///
  /// @throws ProblemException if the call is refused
  @Override
  public void handle(Call call) {
    var operator = authorizer.authorize(call);
    call.response().set("Cache-Control", "no-store");
    var adminCall = new AdminCall(call, operator, address);
    var path = List.of(call.path().substring(ROOT.length()).split("/", -1));
    var rest = path.subList(1, path.size());
    switch (rest.isEmpty() ? "" : rest.getFirst()) {
      case "subscriptions" -> subscriptions.handle(adminCall, rest.subList(1, rest.size()));
      case "deliveries" -> deliveries.handle(adminCall, rest.subList(1, rest.size()));
      case "operations" -> {
        if (rest.size() < 2 || !rest.get(1).equals("held")) {
          throw unknown();
        }
        held.handle(adminCall, rest.subList(2, rest.size()));
      }
      default -> throw unknown();
    }
  }

  static ProblemException unknown() {
    return new ProblemException(
        ProblemType.NOT_FOUND, "There is no such resource. The paths are in docs/admin-api.md.");
  }
}
