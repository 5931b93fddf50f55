package dev.backlane.gateway.intake;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Notification;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// A call for the background as it was read from the request's head, checked, and not yet stored.
///
/// @param target raw path and query, as received
/// @param headers what the upstream is to see, credentials left out
/// @param credentials the header lines to seal
/// @param contentLength bytes as declared by the caller; -1 where undeclared
/// @param base where the caller's locations stand
/// @param respondAsync the caller said `Prefer: respond-async`
/// @param patience how long the caller would wait for the plain answer
record BackgroundCall(
    Caller caller,
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
    Optional<Duration> patience) {}
