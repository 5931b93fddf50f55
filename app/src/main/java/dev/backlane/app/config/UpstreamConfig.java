package dev.backlane.app.config;

import java.net.URI;
import java.time.Duration;

/// The API behind the gateway.
///
/// @param url scheme, host and port only: a call keeps its path as received
/// @param connectTimeout to open a connection, TLS included
/// @param attemptTimeout of one attempt of an operation, from sending to the last byte of the answer
/// @param responseTimeout the longest silence of the upstream during a proxied call
/// @param credentials what background calls show it of their callers
/// @param tls what an https upstream must show, and is shown
/// @param connectionsMax to the upstream at the same time, attempts and proxied calls together
public record UpstreamConfig(
    URI url,
    Duration connectTimeout,
    Duration attemptTimeout,
    Duration responseTimeout,
    int connectionsMax,
    CredentialsConfig credentials,
    TlsConfig tls) {}
