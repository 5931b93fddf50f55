package dev.backlane.engine.store.search;

/// How many operations match a filter.
///
/// @param number of those found
/// @param more whether there may be more: the store has read as much as it reads for one count
public record MatchCount(long number, boolean more) {}
