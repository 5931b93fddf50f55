package dev.backlane.gateway.admin;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.search.MatchCount;
import dev.backlane.engine.store.search.OperationFilter;
import dev.backlane.gateway.http.Methods;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Query;
import dev.backlane.gateway.operations.OperationAction;
import dev.backlane.gateway.operations.OperationDetail;
import dev.backlane.gateway.operations.OperationFinder;
import dev.backlane.gateway.operations.OperationSearchForm;
import dev.backlane.protocol.ProblemType;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `/admin/v1/operations`. Thread-safe.
public final class OperationsResource implements AdminResource {
  private final OperationFinder finder;
  private final DeliveriesResource deliveries;
  private final OperationActionsResource actions;
  private final HeldResource held;

  /// @param deliveries describes the delivery of an operation
  /// @param held the paths after `held`
  public OperationsResource(
      OperationFinder finder,
      DeliveriesResource deliveries,
      OperationActionsResource actions,
      HeldResource held) {
    this.finder = finder;
    this.deliveries = deliveries;
    this.actions = actions;
    this.held = held;
  }

  @Override
  public void handle(AdminCall call, List<String> path) {
    if (path.isEmpty()) {
      Methods.allow(call.call(), "GET, HEAD");
      list(call);
      return;
    }
    switch (path.getFirst()) {
      case "held" -> held.handle(call, path.subList(1, path.size()));
      case "counts" -> {
        requireEnd(path);
        Methods.allow(call.call(), "GET, HEAD");
        counts(call);
      }
      default -> one(call, path);
    }
  }

  private void one(AdminCall call, List<String> path) {
    if (path.size() == 1) {
      Methods.allow(call.call(), "GET, HEAD");
      call.respond(AdminApi.OK, document(find(path.getFirst())));
      return;
    }
    var action =
        Arrays.stream(OperationAction.values())
            .filter(each -> path.size() == 2 && each.wire().equals(path.getLast()))
            .findFirst()
            .orElseThrow(AdminApi::unknown);
    var id = OperationId.parse(path.getFirst()).orElseThrow(OperationsResource::none);
    actions.handle(call, id, action);
  }

  private static void requireEnd(List<String> path) {
    if (path.size() > 1) {
      throw AdminApi.unknown();
    }
  }

  private OperationDetail find(String id) {
    return OperationId.parse(id).flatMap(finder::find).orElseThrow(OperationsResource::none);
  }

  static ProblemException none() {
    return new ProblemException(
        ProblemType.NOT_FOUND,
        "There is no operation of this id. Check the id; the operation's retention may be over.");
  }

  private Map<String, Object> document(OperationDetail detail) {
    return OperationDocument.of(detail, detail.delivery().map(deliveries::document).orElse(null));
  }

  private static OperationFilter filter(Query query) {
    return OperationSearchForm.read(query::text);
  }

  private void list(AdminCall call) {
    var query = Query.of(call.call());
    var page = finder.list(filter(query), query.cursor(), query.limit());
    var document = new LinkedHashMap<String, Object>();
    document.put("items", page.items().stream().map(OperationDocument::of).toList());
    document.put("nextCursor", page.next().map(OperationId::toString).orElse(null));
    document.put("incomplete", page.incomplete());
    call.respond(AdminApi.OK, document);
  }

  private void counts(AdminCall call) {
    var phases = new LinkedHashMap<String, Object>();
    finder
        .counts(filter(Query.of(call.call())))
        .forEach((phase, count) -> phases.put(phase.wire(), document(count)));
    call.respond(AdminApi.OK, Map.of("phases", phases));
  }

  private static Map<String, Object> document(MatchCount count) {
    var document = new LinkedHashMap<String, Object>();
    document.put("count", count.number());
    document.put("atLeast", count.more());
    return document;
  }
}
