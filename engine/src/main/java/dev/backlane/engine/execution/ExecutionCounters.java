package dev.backlane.engine.execution;

import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.Verdict;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/// Counts operations and attempts of this process since it started, and reports each of them.
/// Thread-safe.
public final class ExecutionCounters {
  private final LongAdder accepted = new LongAdder();
  private final LongAdder finished = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder canceled = new LongAdder();
  private final LongAdder outcomeUnknown = new LongAdder();
  private final LongAdder setAside = new LongAdder();
  private final LongAdder responded = new LongAdder();
  private final LongAdder notSent = new LongAdder();
  private final LongAdder unknown = new LongAdder();
  private final LongAdder unusable = new LongAdder();
  private volatile OperationEvents events = OperationEvents.NONE;

  /// Sets where operations and attempts are reported from now on.
  public void reportTo(OperationEvents listener) {
    events = listener;
  }

  void accepted(Operation operation) {
    accepted.increment();
    events.accepted(operation);
  }

  void started(Operation running) {
    events.started(running);
  }

  /// A version of an operation is durable.
  void settled(Operation next) {
    settled(next.state());
    events.settled(next);
  }

  /// An operation that cannot be read has ended.
  void settled(State state) {
    switch (state) {
      case State.Queued _, State.Held _, State.Running _ -> {}
      case State.Finished _ -> finished.increment();
      case State.Canceled _ -> canceled.increment();
      case State.Failed(var _, var _, var _, var _, var reason) -> {
        failed.increment();
        if (reason.startsWith(Lifecycle.OUTCOME_UNKNOWN)) {
          outcomeUnknown.increment();
        }
      }
    }
  }

  void setAside() {
    setAside.increment();
  }

  void attempted(Operation running, Verdict verdict, Duration took) {
    events.attempted(running, verdict, took);
    switch (verdict) {
      case Verdict.Responded _ -> responded.increment();
      case Verdict.NotSent _ -> notSent.increment();
      case Verdict.Unknown _ -> unknown.increment();
      case Verdict.Unusable _ -> unusable.increment();
    }
  }

  /// Operations that were accepted: durable, with a 202 response.
  public long operationsAccepted() {
    return accepted.sum();
  }

  /// Operations that ended with a response.
  public long operationsFinished() {
    return finished.sum();
  }

  /// Operations that ended without a response.
  public long operationsFailed() {
    return failed.sum();
  }

  /// The failed operations on which the upstream may or may not have acted.
  public long operationsOutcomeUnknown() {
    return outcomeUnknown.sum();
  }

  /// Operations that were canceled.
  public long operationsCanceled() {
    return canceled.sum();
  }

  /// Operations that were ended because the store refuses their outcome or cannot read them.
  public long operationsSetAside() {
    return setAside.sum();
  }

  /// Attempts with a response.
  public long attemptsResponded() {
    return responded.sum();
  }

  /// Attempts that certainly did not reach the upstream.
  public long attemptsNotSent() {
    return notSent.sum();
  }

  /// Attempts that may have reached the upstream and have no complete response.
  public long attemptsUnknown() {
    return unknown.sum();
  }

  /// Attempts whose response cannot be stored.
  public long attemptsUnusable() {
    return unusable.sum();
  }
}
