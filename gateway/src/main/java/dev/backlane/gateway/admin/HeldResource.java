package dev.backlane.gateway.admin;

import dev.backlane.engine.copies.HeldOperations;
import dev.backlane.engine.operation.Operation;
import dev.backlane.gateway.http.Methods;
import dev.backlane.gateway.operator.OperatorAuthorizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The operations that are held because the store is a copy. Thread-safe.
public final class HeldResource implements AdminResource {
  private static final int LISTED_MAX = 200;

  private final HeldOperations held;
  private final OperatorAuthorizer authorizer;

  /// @param authorizer records the actions of operators
  public HeldResource(HeldOperations held, OperatorAuthorizer authorizer) {
    this.held = held;
    this.authorizer = authorizer;
  }

  @Override
  public void handle(AdminCall call, List<String> path) {
    if (path.isEmpty()) {
      Methods.allow(call.call(), "GET, HEAD");
      call.respond(
          AdminApi.OK,
          Map.of("items", held.list(LISTED_MAX).stream().map(HeldResource::document).toList()));
    } else if (path.equals(List.of("release"))) {
      Methods.allow(call.call(), "POST");
      authorizer.audit(call.operator(), call.call(), "operations.release-held", "all");
      call.respond(AdminApi.OK, Map.of("released", held.release()));
    } else if (path.equals(List.of("fail"))) {
      Methods.allow(call.call(), "POST");
      authorizer.audit(call.operator(), call.call(), "operations.fail-held", "all");
      call.respond(AdminApi.OK, Map.of("failed", held.fail()));
    } else {
      throw AdminApi.unknown();
    }
  }

  private static Map<String, Object> document(Operation operation) {
    var document = new LinkedHashMap<String, Object>();
    document.put("id", operation.id().toString());
    document.put("tenant", operation.caller().tenant());
    document.put("client", operation.caller().client());
    document.put("method", operation.request().method());
    document.put("target", operation.request().target());
    document.put("reference", operation.reference().orElse(null));
    document.put("receivedUtc", operation.id().receivedAt());
    return document;
  }
}
