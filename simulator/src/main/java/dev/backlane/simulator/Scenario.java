package dev.backlane.simulator;

import dev.backlane.engine.operation.RetryPolicy;
import java.time.Duration;
import java.util.SplittableRandom;

/// The parameters of one simulation, drawn from its seed.
///
/// @param nodes processes on one store; 1 means an embedded store, opened again after a crash
/// @param concurrency attempts in flight in a process, at most
/// @param perTenant of these, for one tenant; 0 means no limit
/// @param tenants number of tenants; one of them makes most of the calls
/// @param operations total calls
/// @param storeFaults probability that a call of the store fails
/// @param refusals probability that a connection is refused
/// @param disconnects probability that a connection fails after the request was sent
/// @param overloads probability of a 429 or 503
/// @param crashes total crashes of processes
/// @param stalls total suspensions of processes
/// @param drains total graceful restarts of processes
/// @param cancels probability that an operation is canceled
/// @param outageFrom when the upstream becomes unreachable for all processes
/// @param outageFor for how long; zero: it does not
record Scenario(
    int nodes,
    int concurrency,
    int perTenant,
    int tenants,
    int operations,
    double storeFaults,
    double refusals,
    double disconnects,
    double overloads,
    int crashes,
    int stalls,
    int drains,
    double cancels,
    Duration outageFrom,
    Duration outageFor) {

  /// The time from the start until the last injected fault. Afterwards every accepted operation
  /// must end.
  static final Duration FAULTS_END = Duration.ofSeconds(60);

  /// The longest time from [#FAULTS_END] to the end of the last operation.
  static final Duration RECOVERY_MAX = Duration.ofMinutes(40);

  private static final Duration OUTAGE_FROM_MAX = Duration.ofSeconds(30);
  private static final Duration OUTAGE_MAX = Duration.ofMinutes(2);

  /// Longer than the time in which an operation may be attempted.
  private static final Duration LONG_OUTAGE_MAX = Duration.ofMinutes(13);

  /// One simulation in this many has a long outage, and [#SHORT_OUTAGES] - 1 have a shorter one.
  private static final int OUTAGE_KINDS = 20;

  private static final int SHORT_OUTAGES = 6;

  static final Duration LEASE = Duration.ofSeconds(10);
  static final Duration LEASE_OF_ONE_PROCESS = Duration.ofDays(36_500);
  static final Duration ATTEMPT_TIMEOUT = Duration.ofSeconds(20);
  static final int ATTEMPTS_MAX = 4;

  static final RetryPolicy RETRY =
      new RetryPolicy(
          ATTEMPTS_MAX,
          Duration.ofMinutes(10),
          Duration.ofMillis(500),
          Duration.ofSeconds(5),
          Duration.ofSeconds(20),
          RetryPolicy.RETRY_ON_DEFAULT,
          false);

  static Scenario of(long seed) {
    var random = new SplittableRandom(seed);
    boolean embedded = random.nextInt(2) == 0;
    return new Scenario(
        embedded ? 1 : 2 + random.nextInt(2),
        1 + random.nextInt(5),
        random.nextInt(3),
        1 + random.nextInt(3),
        4 + random.nextInt(22),
        random.nextInt(3) == 0 ? 0 : random.nextDouble(0.06),
        random.nextDouble(0.2),
        random.nextDouble(0.2),
        random.nextDouble(0.2),
        random.nextInt(4),
        embedded ? 0 : random.nextInt(3),
        random.nextInt(2),
        random.nextDouble(0.2),
        Duration.ofMillis(random.nextLong(OUTAGE_FROM_MAX.toMillis())),
        outage(random));
  }

  private static Duration outage(SplittableRandom random) {
    int kind = random.nextInt(OUTAGE_KINDS);
    var max =
        kind == 0 ? LONG_OUTAGE_MAX : kind < SHORT_OUTAGES ? OUTAGE_MAX : Duration.ofMillis(1);
    return Duration.ofMillis(random.nextLong(max.toMillis()));
  }

  /// A scenario without faults.
  static Scenario quiet(int nodes, int concurrency, int tenants, int operations) {
    return new Scenario(
        nodes,
        concurrency,
        0,
        tenants,
        operations,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        Duration.ZERO,
        Duration.ZERO);
  }

  boolean embedded() {
    return nodes == 1;
  }

  Duration leaseLifetime() {
    return embedded() ? LEASE_OF_ONE_PROCESS : LEASE;
  }
}
