package dev.backlane.app.config;

import java.time.Duration;
import java.util.Optional;

/// The bounds of what is stored.
///
/// @param requestBodyBytesMax of a background call; more is answered 413
/// @param responseBodyBytesMax of an upstream's answer to a background call; more ends the operation as failed
/// @param queueMax operations that wait for a worker; more are answered 503
/// @param waitMax the cap of what a client may ask for with `wait`
/// @param callsPerMinute background calls of one client of one tenant; 0: no bound
/// @param readsPerMinute its requests below `/v1/background`; 0: no bound
/// @param diskFreeBytesMin with less free space for the store new calls are answered 503; empty: the store's own default
public record LimitsConfig(
    long requestBodyBytesMax,
    long responseBodyBytesMax,
    int queueMax,
    Duration waitMax,
    Optional<Long> diskFreeBytesMin,
    int callsPerMinute,
    int readsPerMinute) {}
