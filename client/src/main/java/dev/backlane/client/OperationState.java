package dev.backlane.client;

import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The state of an operation as the server reported it. Immutable. Components that only Backlane
/// sends are null, or 0, when another server sent the state.
///
/// @param id the operation
/// @param status `Started`, `Finished` or `Failed`
/// @param statusCode the upstream's status code; 0 until the operation has ended with one
/// @param receivedUtc when the call was accepted
/// @param startedUtc when its first attempt began
/// @param finishedUtc when it ended
/// @param webhookAddress the URL to notify, or `none`
/// @param errorMessage why there is no response
/// @param reference the caller's own reference
/// @param originalUri the endpoint that was called
/// @param hasRequestContent whether the request has a body
/// @param hasResponseContent whether the upstream's response has a body
/// @param contentLocation where the content can be read
/// @param responseHeaders the upstream's header fields, without `Set-Cookie` and other credentials
/// @param phase Backlane: `queued`, `running`, `retrying`, `held`, `finished`, `failed` or
///     `canceled`
/// @param attempt Backlane: the number of the current, last or next attempt, from 1
/// @param lastError Backlane: why the last attempt did not end the operation
/// @param nextAttemptUtc Backlane: when the next attempt is due
/// @param errorCode Backlane: why there is no response, for programs
public record OperationState(
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
    Map<String, String> responseHeaders,
    @Nullable String phase,
    int attempt,
    @Nullable String lastError,
    @Nullable Instant nextAttemptUtc,
    @Nullable String errorCode) {

  private static final String FINISHED = "Finished";
  private static final String FAILED = "Failed";
  private static final String OUTCOME_UNKNOWN = "Outcome unknown";

  public OperationState {
    responseHeaders = withoutNulls(responseHeaders);
  }

  /// A document of another server can lack the member, and have null as a value.
  private static Map<String, String> withoutNulls(Map<String, String> headers) {
    var present = new TreeMap<String, String>();
    if (headers != null) {
      headers.forEach((name, value) -> present.put(name, value == null ? "" : value));
    }
    return Collections.unmodifiableMap(present);
  }

  /// Whether the operation has ended.
  public boolean ended() {
    return FINISHED.equals(status) || FAILED.equals(status);
  }

  boolean finished() {
    return FINISHED.equals(status);
  }

  boolean canceled() {
    return "canceled".equals(phase) || "canceled".equals(errorCode);
  }

  boolean outcomeUnknown() {
    return "outcome-unknown".equals(errorCode) || message().startsWith(OUTCOME_UNKNOWN);
  }

  String message() {
    return errorMessage == null ? "" : errorMessage;
  }

  /// The operation and how far it is; no address, header field or message, which can have secrets.
  @Override
  public String toString() {
    return "OperationState["
        + id
        + ", "
        + Objects.requireNonNullElse(phase, status)
        + ", "
        + statusCode
        + "]";
  }
}
