package dev.backlane.engine.operation;

import java.time.Instant;

/// A time in which the upstream cannot be reached.
///
/// @param since when the first request could not be sent
/// @param cause why the last one could not
public record Outage(Instant since, String cause) {}
