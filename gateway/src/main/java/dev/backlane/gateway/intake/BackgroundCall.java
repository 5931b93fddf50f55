package dev.backlane.gateway.intake;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Notification;
import dev.backlane.gateway.credentials.CallerTokenCheck;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// A call for the background as read from the request's head, checked, and not yet stored.
///
/// @param token of the caller
/// @param target raw path and query, as received
/// @param headers the fields that the upstream receives, without credentials
/// @param credentials the fields to seal
/// @param contentLength bytes as declared by the caller; -1 if undeclared
/// @param base of the locations in the response
/// @param respondAsync whether the caller sent `Prefer: respond-async`
/// @param waitTime how long the caller is willing to wait for the upstream's response
record BackgroundCall(
    Caller caller,
    CallerTokenCheck.Checked token,
    String method,
    String target,
    List<Header> headers,
    List<Header> credentials,
    long contentLength,
    String base,
    Notification notification,
    Optional<String> reference,
    Optional<String> idempotencyKey,
    boolean respondAsync,
    Optional<Duration> waitTime) {
  /// The same call with other fields for the upstream.
  BackgroundCall withHeaders(List<Header> others) {
    return new BackgroundCall(
        caller,
        token,
        method,
        target,
        others,
        credentials,
        contentLength,
        base,
        notification,
        reference,
        idempotencyKey,
        respondAsync,
        waitTime);
  }
}
