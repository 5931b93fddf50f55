package dev.backlane.gateway.intake;

import dev.backlane.gateway.ratelimit.RateLimit;

/// What limits background calls.
///
/// @param rate of calls by one caller
/// @param capacity whether another call of a tenant can be accepted
public record CallLimits(RateLimit rate, Capacity capacity) {}
