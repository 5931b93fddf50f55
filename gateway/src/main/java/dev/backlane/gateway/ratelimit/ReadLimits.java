package dev.backlane.gateway.ratelimit;

/// Limits of what one caller reads below `/v1/background`.
///
/// @param rate of its requests
/// @param lists at the same time
/// @param downloads of contents at the same time
public record ReadLimits(RateLimit rate, InFlight lists, InFlight downloads) {}
