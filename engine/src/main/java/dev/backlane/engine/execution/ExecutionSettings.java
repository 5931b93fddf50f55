package dev.backlane.engine.execution;

import dev.backlane.engine.execution.permits.Concurrency;
import dev.backlane.engine.store.queue.QueueKey;
import java.time.Duration;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// How this process executes operations.
///
/// @param routes the policies of the declared routes; read for each decision, since they may change
///     while the process runs
/// @param holder identifies this process in leases; different for every process and every start
/// @param leaseLifetime how long a lease is valid after its last renewal; other processes take over
///     the operations of an expired lease
/// @param concurrency how many attempts may be in flight; read as `routes` is
/// @param paused whether no attempt of a tenant on a route may start; may change
public record ExecutionSettings(
    Supplier<Routes> routes,
    String holder,
    Duration leaseLifetime,
    Supplier<Concurrency> concurrency,
    Predicate<QueueKey> paused) {

  /// Settings of a process in which nothing is paused.
  public ExecutionSettings(
      Supplier<Routes> routes,
      String holder,
      Duration leaseLifetime,
      Supplier<Concurrency> concurrency) {
    this(routes, holder, leaseLifetime, concurrency, _ -> false);
  }
}
