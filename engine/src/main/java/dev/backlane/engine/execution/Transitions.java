package dev.backlane.engine.execution;

import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.Verdict;
import java.time.InstantSource;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// Computes the next version of an operation by [Lifecycle], with the retry policy of its route,
/// the current time and a random jitter. Stores nothing. Thread-safe.
public final class Transitions {
  private final Routes routes;
  private final InstantSource clock;
  private final RandomGenerator random;

  /// @param random spreads the waits between attempts; thread-safe
  public Transitions(Routes routes, InstantSource clock, RandomGenerator random) {
    this.routes = routes;
    this.clock = clock;
    this.random = random;
  }

  /// The next version after an attempt.
  Operation afterAttempt(Operation running, Verdict verdict) {
    var retry = routes.policyOf(running.request()).retry();
    return running.to(
        Lifecycle.after(running, verdict, retry, clock.instant(), random.nextDouble()));
  }

  /// The next version if no process executes the operation any more and it may have been sent.
  Operation abandoned(Operation running) {
    var retry = routes.policyOf(running.request()).retry();
    return running.to(Lifecycle.abandoned(running, retry, clock.instant()));
  }

  /// The next version if the operation was started and certainly not sent: queued for the same
  /// attempt.
  Operation requeued(Operation running) {
    return running.to(Lifecycle.requeued(running, clock.instant()));
  }

  /// The next version of a queued operation in a copy of a store; empty if it may be executed.
  Optional<Operation> held(Operation queued) {
    return Lifecycle.held(queued, routes.policyOf(queued.request()).retry()).map(queued::to);
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
    return Lifecycle.canceled(operation, clock.instant()).map(operation::to);
  }
}
