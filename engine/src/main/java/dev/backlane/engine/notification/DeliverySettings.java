package dev.backlane.engine.notification;

import dev.backlane.engine.delivery.DeliverySchedule;
import java.time.Duration;

/// How this process makes deliveries.
///
/// @param schedule when a failed attempt is repeated
/// @param concurrency attempts in flight, at most
/// @param concurrencyPerTenant of these, to receivers of one tenant
/// @param concurrencyPerReceiver of these, to one receiver
/// @param attemptMax an upper bound of the duration of an attempt; after it, another node may
///     repeat the attempt
/// @param retention how long an ended delivery is kept, from the receipt of its operation
public record DeliverySettings(
    DeliverySchedule schedule,
    int concurrency,
    int concurrencyPerTenant,
    int concurrencyPerReceiver,
    Duration attemptMax,
    Duration retention) {}
