package dev.backlane.gateway.upstream;

import dev.backlane.engine.operation.Header;
import java.io.InputStream;
import java.util.List;
import java.util.OptionalLong;

/// What the upstream answered: the final head, and the body as it comes in.
///
/// @param statusCode 200 to 599
/// @param reason the reason phrase as received; may be empty
/// @param headers all lines as received, hop-by-hop ones included
/// @param hasBody false where HTTP allows none: to `HEAD`, with 204 and 304
/// @param contentLength of the body, where the head tells it
/// @param body decoded from chunks and from nothing else; fails if the connection ends before the body does
public record UpstreamResponse(
    int statusCode,
    String reason,
    List<Header> headers,
    boolean hasBody,
    OptionalLong contentLength,
    InputStream body) {}
