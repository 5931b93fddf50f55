package dev.backlane.protocol;

/// The names of the HTTP header fields of the contract. Names are case-insensitive (RFC 9110
/// section 5.1).
public final class Headers {
  /// Request: makes a call a background operation; see [Trigger].
  public static final String BACKGROUND = "erp-api-background";

  /// Request: the caller's own reference, at most [Trigger#REFERENCE_CHARS_MAX] characters.
  public static final String REFERENCE = "Backlane-Reference";

  /// Request: a call with the same key returns the operation of the first call.
  public static final String IDEMPOTENCY_KEY = "Idempotency-Key";

  /// Request: see [Preferences] (RFC 7240).
  public static final String PREFER = "Prefer";

  /// Response: the preferences that were applied (RFC 7240 section 3).
  public static final String PREFERENCE_APPLIED = "Preference-Applied";

  /// Response that returns the content: the HTTP status of the endpoint's response.
  public static final String ASYNC_RESULT = "AsyncResult";

  /// Response: the URI of the state of an accepted operation.
  public static final String LOCATION = "Location";

  /// Response: seconds to wait before the next request.
  public static final String RETRY_AFTER = "Retry-After";

  /// Response: calls allowed in the current window.
  public static final String RATE_LIMIT_LIMIT = "X-RateLimit-Limit";

  /// Response: calls left in the current window.
  public static final String RATE_LIMIT_REMAINING = "X-RateLimit-Remaining";

  /// Response: seconds until the window ends.
  public static final String RATE_LIMIT_RESET = "X-RateLimit-Reset";

  /// Response: what the window counts.
  public static final String RATE_LIMIT_POLICY = "X-RateLimit-Policy";

  /// Notification: id of the message, the same for each attempt (Standard Webhooks).
  public static final String WEBHOOK_ID = "webhook-id";

  /// Notification: seconds since 1970-01-01T00:00:00Z of this attempt (Standard Webhooks).
  public static final String WEBHOOK_TIMESTAMP = "webhook-timestamp";

  /// Notification: `v1,<base64>` signatures, separated by a space (Standard Webhooks).
  public static final String WEBHOOK_SIGNATURE = "webhook-signature";

  /// Notification: the documented signature of the body; the default of a configurable name.
  public static final String X_SIGNATURE = "x-signature";

  private Headers() {}
}
