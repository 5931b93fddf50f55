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
/// @param repeat what may follow if a kept connection turns out to be closed
public record OutgoingRequest(
    String method, String target, List<Header> headers, OutgoingBody body, Repeat repeat) {
  /// Whether a request may be sent a second time.
  public enum Repeat {
    /// It may not. It is sent on a fresh connection, or on one that has just been used.
    NEVER,
    /// The caller repeats it: a failure on a kept connection is reported.
    BY_CALLER,
    /// The client repeats it once, on a fresh connection, if the kept connection that it was sent
    /// on turns out to be closed. Its body is opened again then.
    BY_CLIENT
  }
}
