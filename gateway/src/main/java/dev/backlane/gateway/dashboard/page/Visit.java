package dev.backlane.gateway.dashboard.page;

import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Query;
import dev.backlane.gateway.operator.Operator;
import dev.backlane.protocol.ProblemType;
import java.util.List;

/// An operator who is signed in and opens a page.
///
/// @param path after that of the page's entry in the navigation, split at each `/`
/// @param query the parameters of the page
/// @param csrf the token that forms of the page repeat
public record Visit(Operator operator, List<String> path, Query query, String csrf) {
  public Visit {
    path = List.copyOf(path);
  }

  /// A 404.
  public static ProblemException unknown() {
    return new ProblemException(ProblemType.NOT_FOUND, "There is no such page. Open /ui.");
  }

  /// Without the token.
  @Override
  public String toString() {
    return "Visit[" + operator.name() + ", " + path + "]";
  }
}
