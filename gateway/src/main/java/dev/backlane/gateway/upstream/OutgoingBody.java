package dev.backlane.gateway.upstream;

import java.io.IOException;
import java.io.InputStream;

/// The body of a request.
public sealed interface OutgoingBody {
  /// No body, and no header field for one.
  OutgoingBody NONE = new None();

  /// No body.
  record None() implements OutgoingBody {}

  /// A body of known length, sent with `Content-Length`.
  ///
  /// @param length bytes; 0 sends `Content-Length: 0`
  record Sized(long length, Source source) implements OutgoingBody {}

  /// A body of unknown length; sent chunked, each read of the source as one chunk, at once.
  record Chunked(Source source) implements OutgoingBody {}

  /// The source of the bytes.
  interface Source {
    /// Opens the stream, which the exchange closes. Called when the bytes are needed, once for each
    /// time that the request is sent (at most twice, and once if it is not repeatable):
    /// never if the upstream responds before that (`Expect: 100-continue`).
    InputStream open() throws IOException;
  }
}
