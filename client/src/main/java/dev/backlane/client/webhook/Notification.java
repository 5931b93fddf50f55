package dev.backlane.client.webhook;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// The notification that an operation has ended. The content is not part of it.
///
/// @param id the operation
/// @param reference the caller's own reference
/// @param status `Finished` or `Failed`; null if the server does not send it
/// @param statusCode the upstream's status code; 0 if the operation ended without one
/// @param stateLocation where the state can be read
/// @param contentLocation where the content can be read
/// @param eventType `BACKGROUND_API_RESPONSE`, or `BACKLANE_TEST` for a test
/// @param occurredUtc when the operation ended; null if the server does not send it
public record Notification(
    String id,
    @Nullable String reference,
    @Nullable String status,
    int statusCode,
    @Nullable String stateLocation,
    @Nullable String contentLocation,
    @Nullable String eventType,
    @Nullable Instant occurredUtc) {}
