package dev.backlane.gateway.admin;

import dev.backlane.gateway.http.JsonBody;
import dev.backlane.gateway.http.Methods;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.operations.OperationAction;
import dev.backlane.gateway.operations.OperationSearchForm;
import dev.backlane.gateway.operations.bulk.BulkJob;
import dev.backlane.gateway.operations.bulk.BulkJobs;
import dev.backlane.gateway.operations.bulk.BulkRequest;
import dev.backlane.gateway.operator.OperatorAuthorizer;
import dev.backlane.protocol.ProblemType;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/// `/admin/v1/jobs`: actions on all operations that match a filter. Thread-safe.
public final class JobsResource implements AdminResource {
  private static final Set<String> MEMBERS = members();

  private final BulkJobs jobs;
  private final OperatorAuthorizer authorizer;

  /// @param authorizer records the actions of operators
  public JobsResource(BulkJobs jobs, OperatorAuthorizer authorizer) {
    this.jobs = jobs;
    this.authorizer = authorizer;
  }

  private static Set<String> members() {
    var members = new HashSet<>(OperationSearchForm.NAMES);
    members.addAll(List.of("action", "dryRun", "confirm"));
    return members;
  }

  @Override
  public void handle(AdminCall call, List<String> path) {
    if (path.isEmpty()) {
      Methods.allow(call.call(), "GET, HEAD, POST");
      if (call.method().equals("POST")) {
        begin(call);
      } else {
        call.respond(
            AdminApi.OK, Map.of("items", jobs.all().stream().map(JobsResource::document).toList()));
      }
    } else if (path.size() == 1) {
      Methods.allow(call.call(), "GET, HEAD");
      call.respond(AdminApi.OK, document(found(path.getFirst())));
    } else if (path.size() == 2 && path.getLast().equals("stop")) {
      Methods.allow(call.call(), "POST");
      stop(call, path.getFirst());
    } else {
      throw AdminApi.unknown();
    }
  }

  private void begin(AdminCall call) {
    var body = JsonBody.of(call.call(), MEMBERS);
    var filter = OperationSearchForm.read(body::text);
    var action = action(body);
    var given = given(body);
    if (given.isEmpty()) {
      throw new ProblemException(
          ProblemType.INVALID_REQUEST,
          "Set at least one member of the filter: " + OperationSearchForm.NAMES + ".");
    }
    var request =
        new BulkRequest(
            action,
            filter,
            given,
            body.truth("dryRun").orElse(false),
            body.truth("confirm").orElse(false),
            OptionalLong.empty());
    if (!request.dryRun()) {
      authorizer.audit(
          call.operator(),
          call.call(),
          "operations." + action.wire() + "-matching",
          request.description());
    }
    var job =
        jobs.begin(request, call.operator().name())
            .orElseThrow(() ->
                new ProblemException(
                    ProblemType.CONFLICT,
                    BulkJobs.RUNNING_MAX
                        + " jobs are running, the most that are permitted. Wait for one, or stop"
                        + " it."));
    call.call().response().set("Location", call.uriOf("/admin/v1/jobs/" + job.id()));
    call.respond(AdminApi.ACCEPTED, document(job));
  }

  private static OperationAction action(JsonBody body) {
    return body.text("action")
        .flatMap(name ->
            Arrays.stream(OperationAction.values())
                .filter(action -> action.wire().equals(name))
                .findFirst())
        .orElseThrow(() ->
            new ProblemException(
                ProblemType.INVALID_REQUEST,
                "Set 'action' to cancel, retry, resume or fail, and the members of the filter."));
  }

  private static Map<String, String> given(JsonBody body) {
    var given = new LinkedHashMap<String, String>();
    OperationSearchForm.NAMES.forEach(
        name -> body.text(name).ifPresent(value -> given.put(name, value)));
    return given;
  }

  private BulkJob found(String id) {
    return jobs.find(id)
        .orElseThrow(() ->
            new ProblemException(
                ProblemType.NOT_FOUND,
                "This node has no job of this id. Jobs end with their process."));
  }

  private void stop(AdminCall call, String id) {
    var job = found(id);
    authorizer.audit(call.operator(), call.call(), "job.stop", job.id());
    jobs.stop(job.id());
    call.respond(AdminApi.ACCEPTED, document(found(id)));
  }

  private static Map<String, Object> document(BulkJob job) {
    var document = new LinkedHashMap<String, Object>();
    document.put("id", job.id());
    document.put("action", job.request().action().wire());
    document.put("filter", job.request().description());
    document.put("dryRun", job.request().dryRun());
    document.put("confirm", job.request().confirmed());
    document.put("operator", job.operator());
    document.put("status", job.status().wire());
    document.put("startedUtc", job.startedAt());
    document.put("endedUtc", job.endedAt().orElse(null));
    document.put("matched", job.matched());
    document.put("done", job.done());
    document.put("skipped", job.skipped());
    document.put("error", job.error().orElse(null));
    return document;
  }
}
