package dev.backlane.client.documented;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The state document as it is on the wire: the documented members.
record StateDocument(
    String id,
    String status,
    int statusCode,
    @Nullable Instant receivedUtc,
    @Nullable Instant startedUtc,
    @Nullable Instant finishedUtc,
    @Nullable String webhookAddress,
    @Nullable String errorMessage,
    @Nullable String reference,
    @Nullable String originalUri,
    boolean hasRequestContent,
    boolean hasResponseContent,
    @Nullable String contentLocation,
    @Nullable Map<String, @Nullable String> responseHeaders) {}
