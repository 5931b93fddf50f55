package dev.backlane.gateway.http;

import dev.backlane.engine.operation.Header;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// One request of a client and the response to it: all that handlers see of HTTP. Only the adapter
/// package below this one knows the web server.
///
/// A handler reads the head and, if it wants, the body; it fills [#response()] and then sends it
/// with one of [#respond()], [#respond(byte[])] and [#stream]. The adapter frames every response as
/// RFC 9110 and RFC 9112 require for its method and status: no content for `HEAD`, 204 and 304, no
/// `Content-Length` with 204, and with `HEAD` the length that a `GET` would have had.
///
/// For one thread at a time, except [#onClientGone] and [#abort].
public interface Call {
  /// The method, as received (case-sensitive, RFC 9110 section 9.1).
  String method();

  /// Path and query byte for byte as received, each byte as one `char` (ISO 8859-1). Of an
  /// absolute-form target (RFC 9112 section 3.2.2) the part after the authority.
  String target();

  /// The path of [#target()], neither decoded nor normalized.
  default String path() {
    int query = target().indexOf('?');
    return query < 0 ? target() : target().substring(0, query);
  }

  /// The query of [#target()] without its `?`, not decoded; empty if there is none.
  default String query() {
    int query = target().indexOf('?');
    return query < 0 ? "" : target().substring(query + 1);
  }

  /// All header fields, in the order received, repeated ones repeated, each byte as one `char`
  /// (ISO 8859-1). The letter case of names that the web server knows may be the usual one.
  List<Header> headers();

  /// The value of the first field of a name (case-insensitive).
  default Optional<String> header(String name) {
    return headers().stream().filter(field -> field.is(name)).map(Header::value).findFirst();
  }

  /// The values of all fields of a name, each whole: not cut at commas.
  default List<String> values(String name) {
    return headers().stream().filter(field -> field.is(name)).map(Header::value).toList();
  }

  /// The authority that the client asked for: of an absolute-form target, else of `Host`; empty if
  /// the request has neither.
  String authority();

  /// Whether the connection uses TLS.
  boolean secure();

  /// The address and port of the client's end of the connection.
  InetSocketAddress peer();

  /// Whether the request has content: a `Transfer-Encoding`, or a `Content-Length` above 0.
  boolean hasBody();

  /// The request's `Content-Length`; empty if it has none, also for a chunked body.
  OptionalLong contentLength();

  /// The request's content, without its framing. A client that waits for `100 Continue` gets it at
  /// the first read. Reads fail with [java.net.ProtocolException] if the framing is malformed, and
  /// with another [IOException] if the client is gone, or slower than the listener allows.
  InputStream body();

  /// The head of the response, to be filled before it is sent.
  ResponseHead response();

  /// Sends the response without content.
  ///
  /// @throws UncheckedIOException if the client is gone
  void respond();

  /// Sends the response with content and its `Content-Length`.
  ///
  /// @throws UncheckedIOException if the client is gone
  void respond(byte[] content);

  /// Sends the head at once and gives the stream for the content. Each write is handed to the
  /// network before it returns. Closing the stream ends the response; leaving it unclosed, or short
  /// of its length, makes the adapter close the connection, so that the client notices.
  ///
  /// @param contentLength bytes that will follow; empty: unknown, the content is chunked
  /// @throws IOException if the client is gone
  OutputStream stream(OptionalLong contentLength) throws IOException;

  /// Whether the head of the response has been sent.
  boolean responded();

  /// Runs an action once if the client closes or resets the connection before the response has
  /// ended, from a thread of the web server; at once if that has happened. The action must not
  /// block. Adapters notice it while the handler neither reads nor writes, and at the latest when
  /// it does.
  void onClientGone(Runnable action);

  /// Closes the connection without ending the response. Idempotent; from any thread.
  void abort();
}
