package dev.backlane.engine.operation;

/// The right to work on one operation, held by one node for one attempt.
///
/// @param holder names the process that holds it
/// @param token differs for every attempt that the process starts; a settle under another token is refused
public record Lease(String holder, long token) {}
