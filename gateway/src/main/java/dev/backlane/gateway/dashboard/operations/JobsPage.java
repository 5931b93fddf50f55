package dev.backlane.gateway.dashboard.operations;

import dev.backlane.gateway.dashboard.page.Form;
import dev.backlane.gateway.dashboard.page.Page;
import dev.backlane.gateway.dashboard.page.View;
import dev.backlane.gateway.dashboard.page.Visit;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Query;
import dev.backlane.gateway.operations.OperationAction;
import dev.backlane.gateway.operations.bulk.BulkJob;
import dev.backlane.gateway.operations.bulk.BulkJobs;
import dev.backlane.gateway.operations.bulk.BulkRequest;
import dev.backlane.protocol.ProblemType;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/// `/ui/jobs`: actions on all operations that match a filter. A dry run counts them first; then the
/// operator begins the job, watches it, and can stop it. Thread-safe.
public final class JobsPage implements Page {
  private static final String PATH = "/ui/jobs";

  private final BulkJobs jobs;

  /// The jobs of this process.
  public record All(List<BulkJob> jobs) {
    public All {
      jobs = List.copyOf(jobs);
    }
  }

  /// One job.
  public record One(BulkJob job, String csrf) {}

  /// A job that has not begun: its dry run.
  ///
  /// @param dryRun the count
  public record Planned(BulkJob dryRun, OperationAction action, Filters filters, String csrf) {}

  public JobsPage(BulkJobs jobs) {
    this.jobs = jobs;
  }

  @Override
  public View view(Visit visit) {
    var path = visit.path();
    if (path.isEmpty()) {
      return View.of("Jobs", "jobs.jte", new All(jobs.all()));
    }
    if (path.size() == 1) {
      var job = find(path.getFirst());
      return View.of("Job", "job.jte", new One(job, visit.csrf()));
    }
    throw Visit.unknown();
  }

  private BulkJob find(String id) {
    return jobs.find(id)
        .orElseThrow(() ->
            new ProblemException(
                ProblemType.NOT_FOUND,
                "This node has no job of this id. Jobs end with their process."));
  }

  @Override
  public boolean acts(Visit visit) {
    var path = visit.path();
    return path.equals(List.of("plan"))
        || path.equals(List.of("begin"))
        || path.size() == 2 && path.getLast().equals("stop");
  }

  @Override
  public Outcome act(Form form) {
    if (form.path().size() == 2) {
      var job = find(form.path().getFirst());
      form.audit("job.stop", job.id());
      jobs.stop(job.id());
      return new Redirect(PATH + "/" + job.id());
    }
    var filters = Filters.of(form.fields());
    var action = action(form.fields());
    boolean plan = form.path().equals(List.of("plan"));
    if (filters.isEmpty()) {
      throw Query.invalid("Set at least one filter: a job needs a limit.");
    }
    var request =
        new BulkRequest(
            action,
            filters.filter(),
            filters.all(),
            plan,
            form.fields().text("confirm").filter("true"::equals).isPresent(),
            plan ? OptionalLong.empty() : counted(form.fields()));
    if (!plan) {
      form.audit("operations." + action.wire() + "-matching", request.description());
    }
    var job =
        jobs.begin(request, form.operator().name())
            .orElseThrow(() ->
                new ProblemException(
                    ProblemType.CONFLICT,
                    BulkJobs.RUNNING_MAX
                        + " jobs are running, the most that are permitted. Wait for one, or stop it."));
    return plan
        ? new Shown(
            View.of("Plan", "plan.jte", new Planned(job, action, filters, form.visit().csrf())))
        : new Redirect(PATH + "/" + job.id());
  }

  // What the plan showed; the jobs of another process are not known here.
  private OptionalLong counted(Query fields) {
    return fields
        .text("plan")
        .flatMap(jobs::find)
        .filter(plan -> plan.status() == BulkJob.Status.FINISHED)
        .map(plan -> OptionalLong.of(plan.matched()))
        .orElse(OptionalLong.empty());
  }

  private static OperationAction action(Query fields) {
    return fields
        .text("action")
        .flatMap(name ->
            Arrays.stream(OperationAction.values())
                .filter(action -> action.wire().equals(name))
                .findFirst())
        .orElseThrow(() -> Query.invalid("Choose what to do: cancel, retry, resume or fail."));
  }
}
