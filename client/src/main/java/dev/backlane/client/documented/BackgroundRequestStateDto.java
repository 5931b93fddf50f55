package dev.backlane.client.documented;

import dev.backlane.client.support.Documents;
import dev.backlane.client.support.Documents.MalformedException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The state of a background operation: the documented fields. Immutable.
public final class BackgroundRequestStateDto {
  private final StateDocument state;

  private BackgroundRequestStateDto(StateDocument state) {
    this.state = state;
  }

  /// @throws MalformedException if it is not the document of a state
  static BackgroundRequestStateDto of(byte[] document) throws MalformedException {
    var state = Documents.read(document, StateDocument.class);
    if (state.id() == null || state.status() == null) {
      throw new MalformedException(
          "The response is not the state of an operation: it has no id or no status. Is the base"
              + " URI that of the API?");
    }
    return new BackgroundRequestStateDto(state);
  }

  /// The documented states.
  public enum StatusEnum {
    STARTED("Started"),
    FINISHED("Finished"),
    FAILED("Failed");

    private final String value;

    StatusEnum(String value) {
      this.value = value;
    }

    /// The value in documents.
    public String getValue() {
      return value;
    }

    /// @throws IllegalArgumentException for any other value
    public static StatusEnum fromValue(String value) {
      for (var each : values()) {
        if (each.value.equals(value)) {
          return each;
        }
      }
      throw new IllegalArgumentException("Unexpected value '" + value + "'");
    }

    @Override
    public String toString() {
      return value;
    }
  }

  /// The operation.
  public String getId() {
    return state.id();
  }

  /// Its status.
  public StatusEnum getStatus() {
    return StatusEnum.fromValue(state.status());
  }

  /// The endpoint's status code; 0 until the operation has ended with one.
  public Integer getStatusCode() {
    return state.statusCode();
  }

  /// When the call was accepted.
  public @Nullable OffsetDateTime getReceivedUtc() {
    return utc(state.receivedUtc());
  }

  /// When it was started; null until then.
  public @Nullable OffsetDateTime getStartedUtc() {
    return utc(state.startedUtc());
  }

  /// When it ended; null until then.
  public @Nullable OffsetDateTime getFinishedUtc() {
    return utc(state.finishedUtc());
  }

  /// The URL to notify, or `none`.
  public @Nullable String getWebhookAddress() {
    return state.webhookAddress();
  }

  /// Why processing failed; null if it did not.
  public @Nullable String getErrorMessage() {
    return state.errorMessage();
  }

  /// The caller's own reference.
  public @Nullable String getReference() {
    return state.reference();
  }

  /// The endpoint that was requested.
  public @Nullable String getOriginalUri() {
    return state.originalUri();
  }

  /// Whether the request had a body.
  public Boolean getHasRequestContent() {
    return state.hasRequestContent();
  }

  /// Whether the response had a body.
  public Boolean getHasResponseContent() {
    return state.hasResponseContent();
  }

  /// Where the content can be read.
  public @Nullable String getContentLocation() {
    return state.contentLocation();
  }

  /// The header fields of the endpoint's response; names are case-insensitive.
  public Map<String, String> getResponseHeaders() {
    var fields = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    var headers = state.responseHeaders();
    if (headers != null) {
      headers.forEach((name, value) -> fields.put(name, value == null ? "" : value));
    }
    return Collections.unmodifiableMap(fields);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof BackgroundRequestStateDto another && state.equals(another.state);
  }

  @Override
  public int hashCode() {
    return state.hashCode();
  }

  private static @Nullable OffsetDateTime utc(@Nullable Instant time) {
    return time == null ? null : time.atOffset(ZoneOffset.UTC);
  }

  /// The id and the status; no address, header field or message, which can have secrets.
  @Override
  public String toString() {
    return "BackgroundRequestStateDto["
        + getId()
        + ", "
        + state.status()
        + ", "
        + getStatusCode()
        + "]";
  }
}
