package dev.backlane.gateway.operations;

import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.execution.pauses.Pause;
import dev.backlane.engine.execution.pauses.Pauses;
import dev.backlane.engine.execution.permits.ReachedLimit;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.Outage;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.queue.QueueKey;
import dev.backlane.engine.store.search.OperationSearch;
import dev.backlane.gateway.operations.WaitReason.Code;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Finds out why an operation waits. With a shared store, limits and the circuit breaker are those
/// of this node. Thread-safe.
public final class WaitReasons {
  private final Dispatcher dispatcher;
  private final Pauses pauses;
  private final OperationSearch search;
  private final InstantSource clock;

  /// @param clock the time of due times
  public WaitReasons(
      Dispatcher dispatcher, Pauses pauses, OperationSearch search, InstantSource clock) {
    this.dispatcher = dispatcher;
    this.pauses = pauses;
    this.search = search;
    this.clock = clock;
  }

  /// Why an operation waits; empty if it is running or has ended.
  public Optional<Waiting> of(Operation operation) {
    return switch (operation.state()) {
      case State.Held _ ->
          Optional.of(
              new Waiting(
                  List.of(
                      new WaitReason(
                          Code.HELD,
                          "The store is a copy, and the call may have been sent from the original."
                              + " Resume it, or end it as failed.")),
                  Optional.empty(),
                  Optional.empty()));
      case State.Queued queued -> Optional.of(waiting(operation, queued));
      case State.Running _, State.Ended _ -> Optional.empty();
    };
  }

  private Waiting waiting(Operation operation, State.Queued queued) {
    var now = clock.instant();
    return new Waiting(
        reasons(QueueKey.of(operation), queued, now),
        Optional.of(queued.dueAt()),
        search.ahead(operation, now));
  }

  private List<WaitReason> reasons(QueueKey key, State.Queued queued, Instant now) {
    var reasons = new ArrayList<WaitReason>();
    pauses.on(key).forEach(pause -> reasons.add(paused(pause)));
    if (queued.dueAt().isAfter(now)) {
      reasons.add(notDue(queued));
    }
    var obstacles = dispatcher.obstaclesTo(key);
    obstacles.outage().ifPresent(outage -> reasons.add(unreachable(outage)));
    obstacles.limits().stream()
        // During an outage the limit is that of the probes.
        .filter(limit -> obstacles.outage().isEmpty() || limit.kind() != ReachedLimit.Kind.TOTAL)
        .forEach(limit -> reasons.add(limited(limit, key)));
    if (obstacles.draining()) {
      reasons.add(
          new WaitReason(Code.STOPPING, "This process is stopping and starts no further attempt."));
    }
    if (reasons.isEmpty()) {
      reasons.add(new WaitReason(Code.STARTING, "Nothing keeps it from starting."));
    }
    return reasons;
  }

  private static WaitReason paused(Pause pause) {
    var what =
        switch (pause.scope()) {
          case TENANT -> "The tenant " + pause.name();
          case ROUTE -> pause.name().isEmpty() ? "Calls without a route" : "Route " + pause.name();
          case UPSTREAM -> "The upstream";
        };
    return new WaitReason(
        Code.PAUSED,
        what
            + " was paused by "
            + pause.by()
            + " at "
            + pause.since()
            + (pause.reason().isEmpty() ? "" : ": " + pause.reason())
            + ". Resume it to continue.");
  }

  private static WaitReason notDue(State.Queued queued) {
    return new WaitReason(
        Code.NOT_DUE,
        "Attempt "
            + queued.attempt()
            + " is due at "
            + queued.dueAt()
            + queued.lastError().map(error -> "; the last one ended with: " + error).orElse("")
            + ".");
  }

  private static WaitReason unreachable(Outage outage) {
    return new WaitReason(
        Code.UPSTREAM_UNREACHABLE,
        "The upstream cannot be reached since " + outage.since() + ": " + outage.cause() + ".");
  }

  private static WaitReason limited(ReachedLimit limit, QueueKey key) {
    var which =
        switch (limit.kind()) {
          case TOTAL -> "of this process (execution.concurrency)";
          case TENANT -> "of tenant " + key.owner() + " (execution.concurrency-per-tenant)";
          case ROUTE -> "of route " + key.lane();
          case TENANT_ON_ROUTE ->
              "of tenant "
                  + key.owner()
                  + " on route "
                  + key.lane()
                  + ", which the upstream has limited with 429, 503 or slow responses";
        };
    return new WaitReason(
        Code.LIMIT,
        "%d of at most %d attempts %s are in flight."
            .formatted(limit.running(), limit.limit(), which));
  }
}
