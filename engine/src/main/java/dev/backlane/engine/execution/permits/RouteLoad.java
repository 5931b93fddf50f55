package dev.backlane.engine.execution.permits;

/// The load of one route in this process.
///
/// @param running attempts in flight
/// @param limit the lowest limit of any tenant on this route
/// @param total the limit of all tenants together on this route
public record RouteLoad(int running, int limit, int total) {}
