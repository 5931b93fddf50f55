package dev.backlane.engine.fairness;

/// How much one tenant, or one client's address, may take of a limited resource that is held for a
/// while: queue entries, bytes on a disk, or connections. A tenant may take more while it has, with
/// that, at most seven times what stays free. Alone, it takes seven eighths; two take seven
/// fifteenths each; however many take what they can, a part stays free for the next one. The limit
/// depends on two numbers only and needs no list of tenants: it is the dynamic threshold of
/// Choudhury and Hahne (IEEE/ACM Transactions on Networking 6(2), 1998), which divides the buffer
/// of a switch among its ports. Stateless.
public final class FairShare {
  private static final long TIMES_FREE = 7;

  private FairShare() {}

  /// Whether a tenant may take more.
  ///
  /// @param taken what it has
  /// @param more at least 1
  /// @param free what is free for all now
  public static boolean permits(long taken, long more, long free) {
    long left = free - more;
    return left >= 0 && taken + more <= saturated(left);
  }

  private static long saturated(long left) {
    return left > Long.MAX_VALUE / TIMES_FREE ? Long.MAX_VALUE : left * TIMES_FREE;
  }
}
