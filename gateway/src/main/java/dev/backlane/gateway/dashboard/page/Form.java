package dev.backlane.gateway.dashboard.page;

import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.Query;
import dev.backlane.gateway.operator.Operator;
import dev.backlane.gateway.operator.OperatorAuthorizer;
import java.util.List;

/// A form that an operator sent, with the token of the sign-in.
///
/// @param call that sent it
/// @param visit the path and the query to which it was sent
/// @param fields of the form
public record Form(OperatorAuthorizer authorizer, Call call, Visit visit, Query fields) {
  public Operator operator() {
    return visit.operator();
  }

  public List<String> path() {
    return visit.path();
  }

  /// Records an action before it begins; durable on return.
  public void audit(String action, String target) {
    authorizer.audit(operator(), call, action, target);
  }
}
