package dev.backlane.engine.execution;

import java.time.Duration;
import java.util.function.Supplier;

/// How this process executes operations.
///
/// @param routes the policies of the declared routes; read for each decision, since they may change
///     while the process runs
/// @param holder identifies this process in leases; different for every process and every start
/// @param leaseLifetime how long a lease is valid after its last renewal; other processes take over
///     the operations of an expired lease
/// @param concurrency attempts in flight at most, at least 1
/// @param concurrencyPerTenant of these, for one tenant; 0 means no limit
/// @param latencyTarget an attempt that takes longer lowers the concurrency limit; zero means that
///     duration is ignored
public record ExecutionSettings(
    Supplier<Routes> routes,
    String holder,
    Duration leaseLifetime,
    int concurrency,
    int concurrencyPerTenant,
    Duration latencyTarget) {}
