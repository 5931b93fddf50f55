package dev.backlane.gateway.admin;

import dev.backlane.engine.execution.pauses.Pause;
import dev.backlane.engine.execution.pauses.Pause.Scope;
import dev.backlane.gateway.http.JsonBody;
import dev.backlane.gateway.http.Methods;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.operations.OperationPauses;
import dev.backlane.gateway.operator.OperatorAuthorizer;
import dev.backlane.protocol.ProblemType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// `/admin/v1/pauses`. Thread-safe.
public final class PausesResource implements AdminResource {
  private final OperationPauses pauses;
  private final OperatorAuthorizer authorizer;

  /// @param authorizer records the actions of operators
  public PausesResource(OperationPauses pauses, OperatorAuthorizer authorizer) {
    this.pauses = pauses;
    this.authorizer = authorizer;
  }

  @Override
  public void handle(AdminCall call, List<String> path) {
    if (path.isEmpty()) {
      Methods.allow(call.call(), "GET, HEAD, POST");
      if (call.method().equals("POST")) {
        pause(call);
      } else {
        call.respond(
            AdminApi.OK,
            Map.of("items", pauses.all().stream().map(PausesResource::document).toList()));
      }
    } else if (path.equals(List.of("resume"))) {
      Methods.allow(call.call(), "POST");
      resume(call);
    } else {
      throw AdminApi.unknown();
    }
  }

  private void pause(AdminCall call) {
    var body = JsonBody.of(call.call(), Set.of("scope", "name", "reason"));
    var scope = scope(body);
    var name = body.text("name").orElse("");
    audit(call, "operations.pause", scope, name);
    switch (pauses.pause(scope, name, call.operator().name(), body.text("reason").orElse(""))) {
      case OperationPauses.Result.Paused(var pause) ->
          call.respond(AdminApi.CREATED, document(pause));
      case OperationPauses.Result.Refused(var detail) ->
          throw new ProblemException(ProblemType.INVALID_REQUEST, detail);
    }
  }

  private void resume(AdminCall call) {
    var body = JsonBody.of(call.call(), Set.of("scope", "name"));
    var scope = scope(body);
    var name = body.text("name").orElse("");
    audit(call, "operations.resume", scope, name);
    if (!pauses.resume(scope, name)) {
      throw new ProblemException(ProblemType.NOT_FOUND, "Nothing of this name is paused.");
    }
    call.respondNoContent();
  }

  private void audit(AdminCall call, String action, Scope scope, String name) {
    authorizer.audit(call.operator(), call.call(), action, scope.wire() + " " + name);
  }

  private static Scope scope(JsonBody body) {
    return body.text("scope")
        .flatMap(Scope::named)
        .orElseThrow(() ->
            new ProblemException(
                ProblemType.INVALID_REQUEST,
                "Set 'scope' to tenant, route or upstream, and 'name' to the tenant or the name of"
                    + " the route."));
  }

  private static Map<String, Object> document(Pause pause) {
    var document = new LinkedHashMap<String, Object>();
    document.put("scope", pause.scope().wire());
    document.put("name", pause.name());
    document.put("by", pause.by());
    document.put("sinceUtc", pause.since());
    document.put("reason", pause.reason());
    return document;
  }
}
