package dev.backlane.engine.execution;

import dev.backlane.engine.execution.permits.Concurrency;
import java.time.Duration;

/// How this process executes operations.
///
/// @param routes the policies of the declared routes
/// @param holder identifies this process in leases; different for every process and every start
/// @param leaseLifetime how long a lease is valid after its last renewal; other processes take over
///     the operations of an expired lease
/// @param concurrency how many attempts may be in flight
public record ExecutionSettings(
    Routes routes, String holder, Duration leaseLifetime, Concurrency concurrency) {}
