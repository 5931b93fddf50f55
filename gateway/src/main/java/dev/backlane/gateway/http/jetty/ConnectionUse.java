package dev.backlane.gateway.http.jetty;

/// What the connections of clients occupy, and what they may.
///
/// @param open connections
/// @param max of them
/// @param bytes that they and their calls occupy, estimated
/// @param bytesMax of them
/// @param closed how many were closed since the start to stay within the limits
public record ConnectionUse(long open, long max, long bytes, long bytesMax, long closed) {}
