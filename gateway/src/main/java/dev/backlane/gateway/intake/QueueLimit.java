package dev.backlane.gateway.intake;

import dev.backlane.engine.fairness.FairShare;

/// How many operations may wait for a worker.
///
/// @param max in all, `limits.queue-max`
/// @param perTenant of one tenant, `limits.queue-max-per-tenant`; 0 means an automatic share: a
///     tenant alone leaves an eighth of the queue to others, and less is left to it the more they
///     have ([FairShare])
/// @param manyTenants whether callers belong to different tenants; without them, the automatic
///     share is the whole queue
public record QueueLimit(int max, int perTenant, boolean manyTenants) {
  /// Whether a queue is so full that the number of one tenant matters.
  boolean nearlyFull(long waiting) {
    return !permits(waiting, waiting);
  }

  /// Whether a tenant may queue another operation. Each may queue one while there is space.
  ///
  /// @param waiting operations of all tenants, less than `max`
  /// @param ofTenant the operations of the tenant among them
  boolean permits(long waiting, long ofTenant) {
    if (perTenant > 0) {
      return ofTenant < perTenant;
    }
    return !manyTenants || ofTenant == 0 || FairShare.permits(ofTenant, 1, max - waiting);
  }
}
