package dev.backlane.gateway.admin;

import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.CallHandler;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.PublicAddress;
import dev.backlane.gateway.operator.OperatorAuthorizer;
import dev.backlane.protocol.ProblemType;
import java.util.List;
import java.util.Map;

/// The operator's API, `/admin/v1`: see docs/admin-api.md. Off if no operator can sign in; then its
/// paths are the upstream's. Thread-safe.
public final class AdminApi implements CallHandler {
  static final int OK = 200;
  static final int CREATED = 201;
  static final int ACCEPTED = 202;

  private static final String ROOT = "/admin/v1";

  private final OperatorAuthorizer authorizer;
  private final PublicAddress address;
  private final Map<String, AdminResource> resources;

  /// @param address the base of locations
  /// @param resources by the first word of their paths
  public AdminApi(
      OperatorAuthorizer authorizer, PublicAddress address, Map<String, AdminResource> resources) {
    this.authorizer = authorizer;
    this.address = address;
    this.resources = Map.copyOf(resources);
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
    var path = List.of(call.path().substring(ROOT.length()).split("/", -1));
    var resource = path.size() < 2 ? null : resources.get(path.get(1));
    if (resource == null) {
      throw unknown();
    }
    resource.handle(new AdminCall(call, operator, address), path.subList(2, path.size()));
  }

  static ProblemException unknown() {
    return new ProblemException(
        ProblemType.NOT_FOUND, "There is no such resource. The paths are in docs/admin-api.md.");
  }
}
