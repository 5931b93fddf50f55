package dev.backlane.engine.store;

import java.time.Duration;

/// The last renewal of a holder's lease, as it is stored.
///
/// @param beat different for each renewal of the holder
/// @param lifetime how long the lease is valid after its last renewal
/// @param silence for how long other holders have seen no later renewal, at least; zero if none has
///     recorded that
public record Heartbeat(String holder, long beat, Duration lifetime, Duration silence) {}
