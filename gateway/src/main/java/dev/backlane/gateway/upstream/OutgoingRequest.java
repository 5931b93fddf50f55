package dev.backlane.gateway.upstream;

import dev.backlane.engine.operation.Header;
import java.util.List;

/// A request to send to the upstream.
///
/// @param method sent unchanged
/// @param target raw path and query, sent byte for byte after the upstream's base path; ISO 8859-1
///     characters
/// @param headers end-to-end fields, sent in order and letter case; without `Host`,
///     `Content-Length` and `Transfer-Encoding`, which the client sets
public record OutgoingRequest(
    String method, String target, List<Header> headers, OutgoingBody body) {}
