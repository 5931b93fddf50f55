package dev.backlane.gateway.admin;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.gateway.http.JsonBody;
import dev.backlane.gateway.http.Methods;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Query;
import dev.backlane.gateway.operations.ActionResult;
import dev.backlane.gateway.operations.OperationAction;
import dev.backlane.gateway.operations.OperationActions;
import dev.backlane.gateway.operations.RetryRequest;
import dev.backlane.gateway.operator.OperatorAuthorizer;
import dev.backlane.protocol.ProblemType;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/// The actions on one operation. Thread-safe.
public final class OperationActionsResource {
  private static final int AUTHORIZATION_CHARS_MAX = 16 * 1024;

  private final OperationActions actions;
  private final OperatorAuthorizer authorizer;

  /// @param authorizer records the actions of operators
  public OperationActionsResource(OperationActions actions, OperatorAuthorizer authorizer) {
    this.actions = actions;
    this.authorizer = authorizer;
  }

  void handle(AdminCall call, OperationId id, OperationAction action) {
    Methods.allow(call.call(), "POST");
    switch (action) {
      case CANCEL -> respond(call, id, audited(call, action, id, () -> actions.cancel(id)));
      case RETRY -> {
        var request = retryRequest(call);
        respond(call, id, audited(call, action, id, () -> actions.retry(id, request)));
      }
      case RESUME -> respond(call, id, audited(call, action, id, () -> actions.resume(id)));
      case FAIL -> respond(call, id, audited(call, action, id, () -> actions.fail(id)));
    }
  }

  private ActionResult audited(
      AdminCall call, OperationAction action, OperationId id, Supplier<ActionResult> act) {
    authorizer.audit(call.operator(), call.call(), "operation." + action.wire(), id.toString());
    return act.get();
  }

  private RetryRequest retryRequest(AdminCall call) {
    boolean confirmed =
        Query.of(call.call())
            .parsed("confirm", OperationActionsResource::truth, "true or false")
            .orElse(false);
    var authorization = JsonBody.of(call.call(), Set.of("authorization")).text("authorization");
    authorization.ifPresent(this::check);
    return new RetryRequest(confirmed, authorization);
  }

  static boolean truth(String text) {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException(text);
    };
  }

  private void check(String authorization) {
    boolean valid =
        authorization.length() <= AUTHORIZATION_CHARS_MAX
            && authorization.chars().allMatch(each -> each >= ' ' && each < 0x7F);
    if (!valid) {
      throw new ProblemException(
          ProblemType.INVALID_REQUEST,
          "The member 'authorization' is not the value of an Authorization header: printable ASCII"
              + " of at most "
              + AUTHORIZATION_CHARS_MAX
              + " characters.");
    }
    authorizer.refuseOwnToken(authorization);
  }

  private static void respond(AdminCall call, OperationId id, ActionResult result) {
    switch (result) {
      case ActionResult.Done _ -> call.respondNoContent();
      case ActionResult.Aborted _ -> call.respond(AdminApi.ACCEPTED, Map.of("id", id.toString()));
      case ActionResult.Retried(var retry) -> {
        call.call().response().set("Location", call.uriOf("/admin/v1/operations/" + retry));
        call.respond(AdminApi.CREATED, Map.of("id", retry.toString(), "retryOf", id.toString()));
      }
      case ActionResult.NotFound _ -> throw OperationsResource.none();
      case ActionResult.ConfirmationRequired(var detail) ->
          throw new ProblemException(ProblemType.CONFIRMATION_REQUIRED, detail);
      case ActionResult.Refused(var detail) ->
          throw new ProblemException(ProblemType.CONFLICT, detail);
    }
  }
}
