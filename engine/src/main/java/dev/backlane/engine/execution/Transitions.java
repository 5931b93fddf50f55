package dev.backlane.engine.execution;

import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.Outage;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// Computes the next version of an operation by [Lifecycle], with the retry policy of its route,
/// the current time and a random jitter. Stores nothing. Thread-safe.
public final class Transitions {
  private final Supplier<Routes> routes;
  private final InstantSource clock;
  private final RandomGenerator random;

  /// @param routes read for each transition, since they may change while the process runs
  /// @param random spreads the waits between attempts; thread-safe
  public Transitions(Supplier<Routes> routes, InstantSource clock, RandomGenerator random) {
    this.routes = routes;
    this.clock = clock;
    this.random = random;
  }

  /// When an attempt that ends now began, after it took a time.
  Instant began(Duration took) {
    return clock.instant().minus(took);
  }

  /// The next version after an attempt.
  ///
  /// @param timing when it was made
  Operation afterAttempt(Operation running, Verdict verdict, AttemptTiming timing) {
    var retry = routes.get().policyOf(running.request()).retry();
    return running.to(
        Lifecycle.after(running, verdict, retry, clock.instant(), random.nextDouble()),
        timing.attempt(running, verdict));
  }

  /// The next version if no process executes the operation any more and it may have been sent.
  Operation abandoned(Operation running) {
    var retry = routes.get().policyOf(running.request()).retry();
    return running.to(
        Lifecycle.abandoned(running, retry, clock.instant()),
        AttemptTiming.UNKNOWN.attempt(
            running, new Verdict.Unknown("the process that made the attempt has died")));
  }

  /// The next version if the operation was started and certainly not sent: queued for the same
  /// attempt.
  Operation requeued(Operation running) {
    return running.to(Lifecycle.requeued(running, clock.instant()));
  }

  /// Whether the time of an operation is over: no attempt may begin.
  boolean expired(Operation operation) {
    var retry = routes.get().policyOf(operation.request()).retry();
    return Lifecycle.expired(operation, retry, clock.instant());
  }

  /// The next version if the operation was started and not sent, and its time is over.
  Operation afterExpiry(Operation running, Optional<Outage> outage) {
    var retry = routes.get().policyOf(running.request()).retry();
    return running.to(Lifecycle.afterExpiry(running, outage, retry, clock.instant()));
  }

  /// The next version of a queued operation in a copy of a store; empty if it may be executed.
  Optional<Operation> held(Operation queued) {
    var retry = routes.get().policyOf(queued.request()).retry();
    return Lifecycle.held(queued, retry).map(queued::to);
  }

  /// The next version of a held operation that is released; empty if it is not held.
  Optional<Operation> released(Operation held) {
    return Lifecycle.released(held).map(held::to);
  }

  /// The next version of a held operation that is ended; empty if it is not held.
  Optional<Operation> heldFailed(Operation held) {
    return Lifecycle.heldFailed(held, clock.instant()).map(held::to);
  }

  /// The next version after a cancel; empty if the operation has ended.
  Optional<Operation> canceled(Operation operation) {
    return Lifecycle.canceled(operation, clock.instant())
        .map(canceled ->
            operation.state() instanceof State.Running
                ? operation.to(canceled, AttemptTiming.UNKNOWN.aborted(operation))
                : operation.to(canceled));
  }

  /// The end of a running operation whose outcome the store refuses.
  Operation setAside(Operation running) {
    return running.to(Lifecycle.setAside(running, clock.instant()));
  }

  /// The end of an operation that cannot be read.
  State.Failed unreadable() {
    return Lifecycle.unreadable(clock.instant());
  }
}
