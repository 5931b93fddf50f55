package dev.backlane.gateway.upstream;

import java.io.IOException;
import java.io.InputStream;

/// The body of a request.
public sealed interface OutgoingBody {
  /// No body, and no header that speaks of one.
  OutgoingBody NONE = new None();

  /// No body.
  record None() implements OutgoingBody {}

  /// A body of known length, sent with `Content-Length`.
  ///
  /// @param length bytes; 0 sends `Content-Length: 0`
  record Sized(long length, Source source) implements OutgoingBody {}

  /// A body whose length is told by its end; sent chunked, each read of the source as one chunk, at once.
  record Chunked(Source source) implements OutgoingBody {}

  /// Where the bytes come from.
  interface Source {
    /// Opened once at most, when the bytes are wanted: never if the upstream answers before (`Expect: 100-continue`).
    /// The exchange closes the stream.
    InputStream open() throws IOException;
  }
}
