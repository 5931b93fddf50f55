package dev.backlane.engine.execution;

import dev.backlane.engine.execution.leases.Leases;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.queue.QueueKey;
import java.time.Instant;

/// Permission to run one attempt: a concurrency permit, and the lease under which the operation
/// runs. The caller that obtains it closes it. Once a worker uses it, closing has no effect, and
/// the worker releases it. Used by one thread at a time.
public final class Permit implements AutoCloseable {
  private final ExecutionPermits permits;
  private final Leases leases;
  private final Lease lease;
  private final QueueKey key;
  private final Runnable onRelease;
  private boolean used;

  /// @param permits one permit of `key` is acquired
  /// @param leases one operation of `lease` is counted
  /// @param onRelease called after both were released
  Permit(ExecutionPermits permits, Leases leases, Lease lease, QueueKey key, Runnable onRelease) {
    this.permits = permits;
    this.leases = leases;
    this.lease = lease;
    this.key = key;
    this.onRelease = onRelease;
  }

  /// The first state of an operation that is accepted and started in one commit.
  public State.Running begin(Instant now) {
    return Lifecycle.startedAtOnce(lease, now);
  }

  /// Whether the lease is valid: no other process can have taken over the operation.
  boolean leaseHeld() {
    return leases.holds(lease);
  }

  /// Transfers the release to the worker.
  void use() {
    used = true;
  }

  /// Adapts the concurrency limit to the result of the attempt. Called before [#release].
  void attemptEnded(Instant startedAt, Instant now, Verdict verdict) {
    permits.attemptEnded(startedAt, now, verdict);
  }

  void release() {
    leases.close(lease, 1);
    permits.release(key);
    onRelease.run();
  }

  /// Releases the permit unless a worker uses it.
  @Override
  public void close() {
    if (!used) {
      used = true;
      release();
    }
  }
}
