package dev.backlane.gateway.upstream;

import dev.backlane.engine.operation.Header;
import java.io.InputStream;
import java.util.List;
import java.util.OptionalLong;

/// The upstream's response: the final head, and the body while it is received.
///
/// @param statusCode 200 to 599
/// @param reason the reason phrase as received; may be empty
/// @param headers all fields as received, including hop-by-hop ones
/// @param hasBody false if HTTP allows none: to `HEAD`, with 204 and 304
/// @param contentLength of the body, if the head has it
/// @param body with chunks decoded and no other coding; fails if the connection ends before the
///     body does
public record UpstreamResponse(
    int statusCode,
    String reason,
    List<Header> headers,
    boolean hasBody,
    OptionalLong contentLength,
    InputStream body) {}
