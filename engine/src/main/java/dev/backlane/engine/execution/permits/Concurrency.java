package dev.backlane.engine.execution.permits;

import java.time.Duration;

/// How many attempts may be in flight in this process.
///
/// @param max in total, at least 1
/// @param perTenant for one tenant; 0 means an automatic share: a tenant alone may use all permits
///     except a reserve, and a fair share while other tenants wait
/// @param manyTenants whether callers belong to different tenants; without them, the automatic
///     share is the total
/// @param latencyTarget an attempt that takes longer lowers the limit of its tenant and route; zero
///     means that duration is ignored
public record Concurrency(int max, int perTenant, boolean manyTenants, Duration latencyTarget) {
  /// The reserve of the automatic share is one permit in this many, and at least one.
  private static final int RESERVE_DIVISOR = 8;

  /// The number of permits for all tenants alike.
  public static Concurrency of(int max) {
    return new Concurrency(max, 0, false, Duration.ZERO);
  }

  /// Whether an attempt took so long that it counts as refused.
  boolean slow(long startedNanos, long nowNanos) {
    return latencyTarget.isPositive() && nowNanos - startedNanos > latencyTarget.toNanos();
  }

  /// Whether the share of a tenant depends on what other tenants need.
  public boolean sharedByNeed() {
    return perTenant == 0 && manyTenants;
  }

  /// The most attempts of one tenant while no other tenant waits.
  int perTenantAlone() {
    if (perTenant > 0) {
      return perTenant;
    }
    return manyTenants && max > 1 ? max - Math.max(1, max / RESERVE_DIVISOR) : max;
  }

  /// The fair share of one of a number of tenants.
  int fairShare(int tenants) {
    return Math.max(1, Math.ceilDiv(max, Math.max(1, tenants)));
  }
}
