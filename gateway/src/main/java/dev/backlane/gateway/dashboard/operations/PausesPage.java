package dev.backlane.gateway.dashboard.operations;

import dev.backlane.engine.execution.pauses.Pause;
import dev.backlane.engine.execution.pauses.Pause.Scope;
import dev.backlane.gateway.dashboard.page.Form;
import dev.backlane.gateway.dashboard.page.Notice;
import dev.backlane.gateway.dashboard.page.Page;
import dev.backlane.gateway.dashboard.page.View;
import dev.backlane.gateway.dashboard.page.Visit;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Query;
import dev.backlane.gateway.operations.OperationPauses;
import dev.backlane.protocol.ProblemType;
import java.util.List;
import java.util.Set;

/// `/ui/pauses`: what is paused, and pausing and resuming by tenant, by route or the whole
/// upstream. Thread-safe.
public final class PausesPage implements Page {
  private static final String PATH = "/ui/pauses";

  private final OperationPauses pauses;

  /// What is paused.
  ///
  /// @param routes that can be paused
  public record All(List<Pause> pauses, Set<String> routes, String csrf) {
    public All {
      pauses = List.copyOf(pauses);
    }
  }

  public PausesPage(OperationPauses pauses) {
    this.pauses = pauses;
  }

  @Override
  public View view(Visit visit) {
    if (!visit.path().isEmpty()) {
      throw Visit.unknown();
    }
    return View.of("Pauses", "pauses.jte", new All(pauses.all(), pauses.routes(), visit.csrf()));
  }

  @Override
  public boolean acts(Visit visit) {
    return visit.path().equals(List.of("pause")) || visit.path().equals(List.of("resume"));
  }

  @Override
  public Outcome act(Form form) {
    var fields = form.fields();
    var scope =
        fields
            .text("scope")
            .flatMap(Scope::named)
            .orElseThrow(() -> Query.invalid("Choose what to pause: tenant, route or upstream."));
    var name =
        switch (scope) {
          case TENANT -> fields.text("tenant").or(() -> fields.text("name")).orElse("");
          case ROUTE -> fields.text("route").or(() -> fields.text("name")).orElse("");
          case UPSTREAM -> "";
        };
    if (form.path().equals(List.of("resume"))) {
      form.audit("operations.resume", scope.wire() + " " + name);
      if (!pauses.resume(scope, name)) {
        throw new ProblemException(ProblemType.NOT_FOUND, "Nothing of this name is paused.");
      }
      return new Redirect(Notice.CONTINUED.at(PATH));
    }
    form.audit("operations.pause", scope.wire() + " " + name);
    return switch (pauses.pause(
        scope, name, form.operator().name(), fields.text("reason").orElse(""))) {
      case OperationPauses.Result.Paused _ -> new Redirect(Notice.PAUSED.at(PATH));
      case OperationPauses.Result.Refused(var why) ->
          throw new ProblemException(ProblemType.INVALID_REQUEST, why);
    };
  }
}
