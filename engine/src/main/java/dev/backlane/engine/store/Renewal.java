package dev.backlane.engine.store;

import java.util.List;

/// The result of a renewal.
///
/// @param continued whether the holder had a lease; if not, this renewal began one, and operations
///     that ran under an earlier lease may have been taken over
/// @param others the last renewals of all other holders that have a lease
public record Renewal(boolean continued, List<Heartbeat> others) {}
