package dev.backlane.gateway.operations.bulk;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.search.OperationSearch;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.operations.ActionResult;
import dev.backlane.gateway.operations.OperationAction;
import dev.backlane.gateway.operations.OperationActions;
import dev.backlane.gateway.operations.RetryRequest;
import dev.backlane.gateway.operations.bulk.BulkJob.Status;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One job: visits the operations that match, newest first, page by page. While the gateway accepts
/// no calls, or the store is unavailable, it waits and continues, at most [#FAILURES_MAX] times in
/// a row. Thread-safe; [#run] is called once.
final class RunningJob {
  private static final Logger LOG = LoggerFactory.getLogger(RunningJob.class);

  private static final int PAGE_ROWS = 200;
  private static final int FAILURES_MAX = 60;
  private static final Duration RETRY_WAIT = Duration.ofSeconds(1);
  private static final String OTHER_REASONS = "other reasons";

  private final String id;
  private final BulkRequest request;
  private final String operator;
  private final OperationSearch search;
  private final OperationActions actions;
  private final InstantSource clock;
  private final Threads.Signal stop;
  private final Threads.Signal ended;
  private final Instant startedAt;

  // Guarded by this.
  private final Map<String, Long> skipped = new HashMap<>();
  private Status status = Status.RUNNING;
  private Optional<Instant> endedAt = Optional.empty();
  private Optional<String> error = Optional.empty();
  private long matched;
  private long done;

  private volatile boolean stopping;

  /// The parts that jobs use.
  record Parts(
      OperationSearch search, OperationActions actions, InstantSource clock, Threads threads) {}

  RunningJob(String id, BulkRequest request, String operator, Parts parts) {
    this.id = id;
    this.request = request;
    this.operator = operator;
    this.search = parts.search();
    this.actions = parts.actions();
    this.clock = parts.clock();
    this.stop = parts.threads().signal();
    this.ended = parts.threads().signal();
    this.startedAt = clock.instant();
  }

  String id() {
    return id;
  }

  synchronized BulkJob progress() {
    return new BulkJob(
        id, request, operator, status, startedAt, endedAt, matched, done, skipped, error);
  }

  /// Stops it before its next operation.
  void stop() {
    stopping = true;
    stop.raise();
  }

  /// Waits until it has ended.
  ///
  /// @return its progress then, or after `max`
  BulkJob await(Duration max) throws InterruptedException {
    if (progress().status() == Status.RUNNING) {
      ended.await(max);
    }
    return progress();
  }

  void run() {
    try {
      end(visitAll() ? Status.FINISHED : Status.STOPPED, Optional.empty());
    } catch (StoreException | ProblemException unavailable) {
      end(Status.FAILED, Optional.ofNullable(unavailable.getMessage()));
    } catch (InterruptedException interrupted) {
      end(Status.STOPPED, Optional.empty());
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error failure) {
      end(Status.FAILED, Optional.of("an internal error occurred; the log has the cause"));
      LOG.error("Bulk job {} failed", id, failure);
    }
  }

  private void end(Status next, Optional<String> why) {
    BulkJob last;
    synchronized (this) {
      status = next;
      error = why;
      endedAt = Optional.of(clock.instant());
      last = progress();
    }
    ended.raise();
    LOG.info(
        "Bulk job {} of {} ({} {}) {}: {} matched, {} done, skipped {}",
        id,
        operator,
        request.action().wire(),
        request.description(),
        next.wire(),
        last.matched(),
        last.done(),
        last.skipped());
  }

  /// @return false if it was stopped
  private boolean visitAll() throws InterruptedException {
    // Those that are accepted from now on, such as retries, are not visited.
    Optional<OperationId> before = Optional.of(OperationId.lowest(startedAt.plusMillis(1)));
    while (before.isPresent()) {
      var from = before.get();
      var page = repeatedly(() -> search.search(request.filter(), from, PAGE_ROWS));
      if (page.isEmpty()) {
        return false;
      }
      for (var operation : page.get().operations()) {
        if (OperationAction.in(operation.state()).contains(request.action())
            && !visit(operation.id())) {
          return false;
        }
      }
      before = page.get().next();
    }
    return !stopping;
  }

  /// @return false if the job was stopped
  private boolean visit(OperationId operation) throws InterruptedException {
    if (request.dryRun()) {
      count();
      return !stopping;
    }
    var result = repeatedly(() -> act(operation));
    result.ifPresent(each -> record(each));
    return result.isPresent();
  }

  private ActionResult act(OperationId operation) {
    try {
      return switch (request.action()) {
        case CANCEL -> actions.cancel(operation);
        case RETRY ->
            actions.retry(operation, new RetryRequest(request.confirmed(), Optional.empty()));
        case RESUME -> actions.resume(operation);
        case FAIL -> actions.fail(operation);
      };
    } catch (StoreException.Refused damaged) {
      return new ActionResult.Refused("it cannot be read or changed in the store");
    }
  }

  private synchronized void count() {
    matched++;
  }

  private synchronized void record(ActionResult result) {
    matched++;
    switch (result) {
      case ActionResult.Done _, ActionResult.Aborted _, ActionResult.Retried _ -> done++;
      case ActionResult.NotFound _ -> skip("the operation does not exist any more");
      case ActionResult.ConfirmationRequired _ ->
          skip("the upstream may have acted on the call; confirm to repeat it");
      case ActionResult.Refused(var detail) -> skip(withoutIds(detail));
    }
  }

  // Reasons that differ only in an id are one.
  private static String withoutIds(String detail) {
    return detail.replaceAll("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "another operation");
  }

  private void skip(String reason) {
    boolean counted = skipped.containsKey(reason) || skipped.size() < BulkJob.REASONS_MAX - 1;
    skipped.merge(counted ? reason : OTHER_REASONS, 1L, Long::sum);
  }

  /// Does work, and repeats it while the store is unavailable or accepts no calls.
  ///
  /// @return empty if the job was stopped
  private <T> Optional<T> repeatedly(Supplier<T> work) throws InterruptedException {
    for (int failures = 1; !stopping; failures++) {
      try {
        return Optional.of(work.get());
      } catch (StoreException.Refused refused) {
        throw refused;
      } catch (StoreException | ProblemException unavailable) {
        if (failures == FAILURES_MAX) {
          throw unavailable;
        }
        LOG.debug("Bulk job {} waits", id, unavailable);
        stop.await(RETRY_WAIT);
      }
    }
    return Optional.empty();
  }
}
