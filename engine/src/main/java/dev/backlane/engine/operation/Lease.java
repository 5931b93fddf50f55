package dev.backlane.engine.operation;

/// The right of one process to run attempts of operations.
///
/// @param holder identifies the process
/// @param token distinguishes the leases of one holder: each claim and each accepted start has its
///     own
public record Lease(String holder, long token) {}
