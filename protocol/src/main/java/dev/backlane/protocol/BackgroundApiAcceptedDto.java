package dev.backlane.protocol;

/// The body of the 202 response: the request has been stored and will be executed.
///
/// @param id a UUID of version 7
/// @param stateLocation absolute URI of the operation's state
/// @param contentLocation absolute URI of the stored response; an addition of Backlane to the
///     documented system
public record BackgroundApiAcceptedDto(String id, String stateLocation, String contentLocation) {}
