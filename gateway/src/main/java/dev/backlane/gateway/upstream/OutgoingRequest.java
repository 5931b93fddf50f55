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
/// @param repeatable whether the request may be sent again, on a fresh connection, if the kept
///     connection that it was sent on turns out to be closed. Its body is opened again then.
///     A request that is not repeatable is sent on a fresh connection, or on one that has just been
///     used
public record OutgoingRequest(
    String method, String target, List<Header> headers, OutgoingBody body, boolean repeatable) {}
