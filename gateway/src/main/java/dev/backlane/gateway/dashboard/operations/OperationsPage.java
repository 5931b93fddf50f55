package dev.backlane.gateway.dashboard.operations;

import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.search.MatchCount;
import dev.backlane.engine.store.search.Phase;
import dev.backlane.gateway.dashboard.page.Form;
import dev.backlane.gateway.dashboard.page.Notice;
import dev.backlane.gateway.dashboard.page.Page;
import dev.backlane.gateway.dashboard.page.View;
import dev.backlane.gateway.dashboard.page.Visit;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.operations.ActionResult;
import dev.backlane.gateway.operations.OperationAction;
import dev.backlane.gateway.operations.OperationActions;
import dev.backlane.gateway.operations.OperationDetail;
import dev.backlane.gateway.operations.RetryRequest;
import dev.backlane.gateway.operator.OperatorAuthorizer;
import dev.backlane.protocol.ProblemType;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `/ui/operations`: lists with filters in the URL, and one operation with its attempts, messages
/// and actions. Thread-safe.
///
/// ```text
/// /ui/operations?phase=failed            the list
/// /ui/operations/counts?tenant=nordlys   how many in each phase, loaded after the list
/// /ui/operations/{id}                    one
/// /ui/operations/{id}/request, /response its bodies: a preview, and with /file the whole
/// ```
public final class OperationsPage implements Page {
  static final String PATH = "/ui/operations";

  private static final int ROWS_MAX = 50;
  private static final int CONFLICT = 409;
  private static final int AUTHORIZATION_CHARS_MAX = 4 * 1024;

  private final Lookup lookup;
  private final OperationActions actions;
  private final OperatorAuthorizer authorizer;

  /// A part of the operations that match a filter.
  ///
  /// @param nextUrl of the next part; empty: this is the last
  /// @param incomplete whether more may match, since the search has ended early
  public record Listed(
      List<OperationRow> rows,
      Filters filters,
      Optional<String> nextUrl,
      boolean incomplete,
      boolean firstPart) {
    public Listed {
      rows = List.copyOf(rows);
    }
  }

  /// How many operations match, by phase.
  public record Counts(Filters filters, Map<Phase, MatchCount> byPhase) {}

  /// One operation.
  ///
  /// @param visit of the operator
  public record One(OperationRow row, OperationDetail detail, Visit visit) {
    /// Whether the operator can do something now.
    public boolean permits(String action) {
      return detail.actions().stream().anyMatch(each -> each.wire().equals(action));
    }
  }

  /// The beginning of a body.
  ///
  /// @param part `request` or `response`
  /// @param body empty: there is none
  public record Preview(OperationRow row, String part, Optional<Body> body) {}

  /// A retry that needs something from the operator.
  ///
  /// @param detail why
  /// @param confirm whether a confirmation is enough
  public record Retry(OperationRow row, String detail, boolean confirm, String csrf) {}

  public OperationsPage(Lookup lookup, OperationActions actions, OperatorAuthorizer authorizer) {
    this.lookup = lookup;
    this.actions = actions;
    this.authorizer = authorizer;
  }

  @Override
  public View view(Visit visit) {
    var path = visit.path();
    if (path.isEmpty()) {
      return list(visit);
    }
    if (path.equals(List.of("counts"))) {
      var filters = Filters.of(visit.query());
      return View.of(
          "Operations",
          "counts.jte",
          new Counts(filters, lookup.finder().counts(filters.with("phase", "").filter())));
    }
    var detail = lookup.find(path.getFirst());
    var row = new OperationRow(detail.summary());
    return switch (path.size()) {
      case 1 -> View.of(row.call(), "operation.jte", new One(row, detail, visit));
      case 2 -> {
        var part = part(path.getLast());
        yield View.of(
            "Body of the " + path.getLast(),
            "body.jte",
            new Preview(
                row,
                path.getLast(),
                lookup
                    .content(detail, part)
                    .map(content -> Body.read(content, headers(detail, part)))));
      }
      default -> throw Visit.unknown();
    };
  }

  private static Part part(String name) {
    return switch (name) {
      case "request" -> Part.REQUEST;
      case "response" -> Part.RESPONSE;
      default -> throw Visit.unknown();
    };
  }

  private static List<Header> headers(OperationDetail detail, Part part) {
    return part == Part.REQUEST ? detail.requestHeaders() : detail.responseHeaders();
  }

  private View list(Visit visit) {
    var filters = Filters.of(visit.query());
    var cursor = visit.query().cursor();
    return View.of(
        "Operations",
        "operations.jte",
        list(lookup, filters, cursor, visit.query().text("cursor").isEmpty(), PATH));
  }

  static Listed list(
      Lookup lookup, Filters filters, OperationId cursor, boolean firstPart, String path) {
    var page = lookup.finder().list(filters.filter(), cursor, ROWS_MAX);
    return new Listed(
        page.items().stream().map(OperationRow::new).toList(),
        filters,
        page.next().map(next -> path + filters.query(Map.of("cursor", next.toString()))),
        page.incomplete(),
        firstPart);
  }

  @Override
  public Optional<Download> download(Visit visit) {
    var path = visit.path();
    if (path.size() != 3 || !path.getLast().equals("file")) {
      return Optional.empty();
    }
    var detail = lookup.find(path.getFirst());
    var content =
        lookup
            .content(detail, part(path.get(1)))
            .orElseThrow(() ->
                new ProblemException(
                    ProblemType.NO_CONTENT, "The " + path.get(1) + " has no body."));
    return Optional.of(
        new Download(content, detail.summary().operation().id() + "-" + path.get(1)));
  }

  @Override
  public boolean acts(Visit visit) {
    return visit.path().size() == 2 && action(visit.path().getLast()).isPresent();
  }

  private static Optional<OperationAction> action(String name) {
    for (var action : OperationAction.values()) {
      if (action.wire().equals(name)) {
        return Optional.of(action);
      }
    }
    return Optional.empty();
  }

  @Override
  public Outcome act(Form form) {
    var detail = lookup.find(form.path().getFirst());
    var id = detail.summary().operation().id();
    var action = action(form.path().getLast()).orElseThrow(Visit::unknown);
    var request = action == OperationAction.RETRY ? retry(form) : RetryRequest.PLAIN;
    form.audit("operation." + action.wire(), id.toString());
    var result =
        switch (action) {
          case CANCEL -> actions.cancel(id);
          case RETRY -> actions.retry(id, request);
          case RESUME -> actions.resume(id);
          case FAIL -> actions.fail(id);
        };
    var itself = PATH + "/" + id;
    return switch (result) {
      case ActionResult.Done _ -> new Redirect(notice(action).at(itself));
      case ActionResult.Aborted _ -> new Redirect(Notice.ABORTED.at(itself));
      case ActionResult.Retried(var retry) -> new Redirect(Notice.RETRIED.at(PATH + "/" + retry));
      case ActionResult.NotFound _ -> throw Lookup.none();
      case ActionResult.ConfirmationRequired(var why) ->
          new Shown(refused(detail, why, true, form));
      case ActionResult.Refused(var why) ->
          action == OperationAction.RETRY
              ? new Shown(refused(detail, why, false, form))
              : refuse(why);
    };
  }

  private static Outcome refuse(String why) {
    throw new ProblemException(ProblemType.CONFLICT, why);
  }

  private static Notice notice(OperationAction action) {
    return switch (action) {
      case CANCEL, RETRY -> Notice.CANCELED;
      case RESUME -> Notice.RESUMED;
      case FAIL -> Notice.FAILED;
    };
  }

  private RetryRequest retry(Form form) {
    boolean confirmed = form.fields().text("confirm").filter("true"::equals).isPresent();
    boolean none = form.fields().text("credentials").filter("none"::equals).isPresent();
    var given = form.fields().text("authorization").map(String::strip);
    given.ifPresent(this::check);
    return new RetryRequest(confirmed, none ? Optional.of("") : given);
  }

  private void check(String authorization) {
    if (authorization.length() > AUTHORIZATION_CHARS_MAX
        || authorization.chars().anyMatch(each -> each < ' ' || each >= 0x7F)) {
      throw new ProblemException(
          ProblemType.INVALID_REQUEST,
          "This is not the value of an Authorization header: printable ASCII of at most "
              + AUTHORIZATION_CHARS_MAX
              + " characters.");
    }
    authorizer.refuseOwnToken(authorization);
  }

  private static View refused(OperationDetail detail, String why, boolean confirm, Form form) {
    return new View(
        "Retry",
        "retry.jte",
        new Retry(new OperationRow(detail.summary()), why, confirm, form.visit().csrf()),
        CONFLICT);
  }
}
