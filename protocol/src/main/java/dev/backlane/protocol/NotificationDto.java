package dev.backlane.protocol;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// The body of the notification that an operation has ended.
///
/// @param id the operation's id
/// @param reference the caller's own reference
/// @param statusCode HTTP status of the endpoint's response; 0 if the operation ended without one
/// @param stateLocation absolute URI of the operation's state
/// @param contentLocation absolute URI of the stored response
/// @param eventType [#EVENT_TYPE]
/// @param occurredUtc when the operation ended
public record NotificationDto(
    String id,
    @Nullable String reference,
    Status status,
    int statusCode,
    String stateLocation,
    String contentLocation,
    String eventType,
    Instant occurredUtc) {

  /// The documented name of the only event type.
  public static final String EVENT_TYPE = "BACKGROUND_API_RESPONSE";
}
