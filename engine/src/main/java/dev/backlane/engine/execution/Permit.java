package dev.backlane.engine.execution;

import dev.backlane.engine.execution.leases.Leases;
import dev.backlane.engine.execution.permits.ExecutionPermits;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.Outage;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueKey;
import java.time.Instant;
import java.util.Optional;

/// Permission to run one attempt: a concurrency permit, and the lease under which the operation
/// runs. The caller that obtains it closes it. Once a worker uses it, closing has no effect, and
/// the worker releases it. Used by one thread at a time.
public final class Permit implements AutoCloseable {
  private final ExecutionPermits permits;
  private final Permits acquired;
  private final Leases leases;
  private final Lease lease;
  private final QueueKey key;
  private final Runnable wake;
  private boolean used;

  /// @param permits the permits of all attempts
  /// @param acquired where one permit of `key` is acquired: `permits`, or its permits for expiry,
  ///     with which no attempt may begin
  /// @param leases one operation of `lease` is counted
  /// @param wake called after both were released
  Permit(
      ExecutionPermits permits,
      Permits acquired,
      Leases leases,
      Lease lease,
      QueueKey key,
      Runnable wake) {
    this.permits = permits;
    this.acquired = acquired;
    this.leases = leases;
    this.lease = lease;
    this.key = key;
    this.wake = wake;
  }

  /// The first state of an operation that is accepted and started in one commit.
  public State.Running begin(Instant now) {
    return Lifecycle.startedAtOnce(lease, now);
  }

  /// Whether an attempt may begin: no other process can have taken over the operation.
  boolean mayBegin() {
    return acquired == permits && leases.holds(lease);
  }

  /// The present outage of the upstream, if there is one.
  Optional<Outage> outage() {
    return permits.outage();
  }

  /// Transfers the release to the worker.
  void use() {
    used = true;
  }

  /// Records that the attempt has reached the upstream.
  void reached(long startedNanos) {
    if (permits.reached(startedNanos)) {
      wake.run();
    }
  }

  /// Adapts the limits to the result of the attempt. Called before [#release].
  void attemptEnded(long startedNanos, Verdict verdict) {
    if (permits.attemptEnded(key, startedNanos, verdict)) {
      wake.run();
    }
  }

  /// Records that no attempt was made. Called before [#release].
  void unused() {
    if (acquired == permits) {
      permits.unused();
    }
  }

  void release() {
    leases.close(lease, 1);
    acquired.release(key);
    wake.run();
  }

  /// Releases the permit unless a worker uses it.
  @Override
  public void close() {
    if (!used) {
      used = true;
      unused();
      release();
    }
  }
}
