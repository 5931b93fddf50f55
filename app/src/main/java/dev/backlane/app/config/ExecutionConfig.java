package dev.backlane.app.config;

import dev.backlane.engine.operation.RetryPolicy;
import java.time.Duration;

/// How stored operations are worked off.
///
/// @param concurrency attempts at the same time in this process
/// @param concurrencyPerTenant of these for one tenant; 0: no bound of its own
/// @param latencyTarget an attempt that takes longer lowers the concurrency for a while; zero: none does
/// @param drainTimeout after SIGTERM, for running attempts to end
/// @param lease after which others take over what a silent node was running, 3 s to 5 min; counts where nodes share a store
/// @param retry for calls that no route says otherwise of; never repeatable
public record ExecutionConfig(
    int concurrency,
    int concurrencyPerTenant,
    Duration latencyTarget,
    Duration drainTimeout,
    Duration lease,
    RetryPolicy retry) {}
