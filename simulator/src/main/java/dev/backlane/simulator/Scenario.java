package dev.backlane.simulator;

import dev.backlane.engine.operation.RetryPolicy;
import java.time.Duration;
import java.util.SplittableRandom;

/// What one simulation is made of, drawn from its seed.
///
/// @param nodes processes on one store; 1: an embedded store, that its process opens again after a crash
/// @param concurrency attempts at a time in a process
/// @param perTenant of these, for one tenant; 0: no bound
/// @param tenants callers' companies; one of them sends most of the calls
/// @param operations calls in all
/// @param storeFaults probability that a call of the store fails
/// @param refusals probability that the upstream is not reached
/// @param breaks probability that a connection breaks after the request was sent
/// @param overloads probability of a 429 or 503
/// @param crashes processes that die, in all
/// @param stalls processes that stand still for a while, in all
/// @param drains processes that are asked to end and are started again, in all
/// @param cancels probability that an operation is called off
record Scenario(
    int nodes,
    int concurrency,
    int perTenant,
    int tenants,
    int operations,
    double storeFaults,
    double refusals,
    double breaks,
    double overloads,
    int crashes,
    int stalls,
    int drains,
    double cancels) {

  /// From here on nothing fails any more, and what was accepted must end.
  static final Duration TROUBLE = Duration.ofSeconds(60);

  /// What the ends may take after it.
  static final Duration RECOVERY_MAX = Duration.ofMinutes(40);

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
        random.nextDouble(0.2));
  }

  boolean embedded() {
    return nodes == 1;
  }

  Duration leaseLifetime() {
    return embedded() ? LEASE_OF_ONE_PROCESS : LEASE;
  }
}
