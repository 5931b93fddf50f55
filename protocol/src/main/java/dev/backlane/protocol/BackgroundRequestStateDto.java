package dev.backlane.protocol;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The state of an operation. Every field is present in the JSON; a field without a value is
/// `null`.
///
/// Documents of the documented system lack some fields. When such a document is read, `phase` is
/// derived from `status`, `attempt` is 0, `responseHeaders` is empty and `webhookAddress` is
/// `none`.
///
/// @param id a UUID
/// @param statusCode HTTP status of the endpoint's response; 0 until the operation has ended with a
///     response
/// @param receivedUtc when the request was stored; `null` only in documents of other systems
/// @param startedUtc when the first attempt began
/// @param finishedUtc when the operation ended
/// @param webhookAddress the URL of the receiver, or [#NO_WEBHOOK]
/// @param errorMessage why processing failed; an error body of the endpoint is in the content
///     instead
/// @param reference the caller's own reference
/// @param originalUri absolute URI, with query, that was requested
/// @param hasResponseContent whether the response had a body; set when the operation ends
/// @param contentLocation absolute URI of the stored response
/// @param responseHeaders header fields of the response of the ended operation; the values of a
///     repeated field are joined with `, `
/// @param attempt the number of the current, last or next attempt; counts from 1. Attempts that did
///     not reach the upstream do not count
/// @param lastError why the last attempt did not end the operation, while it waits for another
/// @param nextAttemptUtc when the next attempt is due, while the operation waits for it; it may be
///     made later
/// @param errorCode why the operation ended without a response, as a word that programs can compare
public record BackgroundRequestStateDto(
    String id,
    Status status,
    int statusCode,
    @Nullable Instant receivedUtc,
    @Nullable Instant startedUtc,
    @Nullable Instant finishedUtc,
    String webhookAddress,
    @Nullable String errorMessage,
    @Nullable String reference,
    String originalUri,
    boolean hasRequestContent,
    boolean hasResponseContent,
    String contentLocation,
    Map<String, String> responseHeaders,
    Phase phase,
    int attempt,
    @Nullable String lastError,
    @Nullable Instant nextAttemptUtc,
    @Nullable String errorCode) {

  /// The `webhookAddress` of an operation without notification.
  public static final String NO_WEBHOOK = "none";

  public BackgroundRequestStateDto {
    webhookAddress = orElse(webhookAddress, NO_WEBHOOK);
    responseHeaders =
        Collections.unmodifiableMap(new LinkedHashMap<>(orElse(responseHeaders, Map.of())));
    phase = orElse(phase, Phase.of(status));
  }

  private static <T> T orElse(@Nullable T value, T otherwise) {
    return value == null ? otherwise : value;
  }
}
