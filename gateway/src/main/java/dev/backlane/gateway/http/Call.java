package dev.backlane.gateway.http;

import dev.backlane.engine.operation.Header;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// One request of a client and the response to it: all that handlers see of HTTP. Only the adapter
/// package below this one depends on the web server.
///
/// A handler reads the head and optionally the body; it fills [#response()] and then sends it
/// with one of [#respond()], [#respond(byte[])] and [#stream]. The adapter frames every response as
/// RFC 9110 and RFC 9112 require for its method and status: no content for `HEAD`, 204 and 304, no
/// `Content-Length` with 204, and with `HEAD` the length that a `GET` would have had. It adds
/// `Date` if the response has none (RFC 9110 section 6.6.1).
///
/// The adapter also decides whether the connection stays open. After the handler has returned, it
/// reads and discards up to [#UNREAD_BYTES_MAX] of the content that the handler left unread, and
/// closes the connection if that is not all, or if the client still waits for `100 Continue`. It
/// sends `Connection: close` if the request has it, if [ResponseHead#closeConnection] was called,
/// or if the rest of the `Content-Length` exceeds [#UNREAD_BYTES_MAX], and then closes it.
///
/// For one thread at a time, except [#onClientGone] and [#abort]; another thread may read the body
/// while one writes the response.
public interface Call {
  /// How much content a handler may leave unread without costing the client its connection.
  int UNREAD_BYTES_MAX = 1024 * 1024;

  /// The method, as received (case-sensitive, RFC 9110 section 9.1).
  String method();

  /// The path and the query as received, neither decoded nor normalized. Of an absolute-form target
  /// (RFC 9112 section 3.2.2), the part after the authority, with `/` for an empty path. ASCII
  /// only: a target with another byte is refused with 400 before a handler sees it.
  String target();

  /// The path of [#target()], neither decoded nor normalized. A fragment, which clients must not
  /// send (RFC 9112 section 3.2), is part of the target, but neither of the path nor of the query.
  default String path() {
    int end = 0;
    while (end < target().length() && target().charAt(end) != '?' && target().charAt(end) != '#') {
      end++;
    }
    return target().substring(0, end);
  }

  /// The query of [#target()] without its `?`, not decoded; empty if there is none.
  default String query() {
    int begin = path().length();
    int fragment = target().indexOf('#', begin);
    int end = fragment < 0 ? target().length() : fragment;
    return begin == end ? "" : target().substring(begin + 1, end);
  }

  /// All header fields, in the order received, repeated ones repeated, each byte as one `char`
  /// (ISO 8859-1). The web server may change the letter case of names of standard fields.
  List<Header> headers();

  /// The value of the first field of a name (case-insensitive).
  default Optional<String> header(String name) {
    for (Header field : headers()) {
      if (field.is(name)) {
        return Optional.of(field.value());
      }
    }
    return Optional.empty();
  }

  /// The values of all fields of a name, in order. A value with commas is not split.
  default List<String> values(String name) {
    List<String> values = List.of();
    for (Header field : headers()) {
      if (field.is(name)) {
        values = values.isEmpty() ? new ArrayList<>(1) : values;
        values.add(field.value());
      }
    }
    return values;
  }

  /// The authority that the client addressed: of an absolute-form target, else of `Host`; empty if
  /// the request has neither.
  String authority();

  /// Whether the connection uses TLS.
  boolean secure();

  /// The address and port of the client's end of the connection.
  InetSocketAddress peer();

  /// The IP address of [#peer()] as text.
  default String peerAddress() {
    var address = peer().getAddress();
    return address == null ? peer().getHostString() : address.getHostAddress();
  }

  /// What handlers keep for the client's connection. A connection may carry the calls of several
  /// clients if a proxy is in front of the gateway.
  ConnectionScope connection();

  /// Whether the request has content: a `Transfer-Encoding`, or a `Content-Length` above 0.
  boolean hasBody();

  /// The request's `Content-Length`; empty if it has none, also for a chunked body.
  OptionalLong contentLength();

  /// The request's content, without its framing: the same stream at each call. A client that waits
  /// for `100 Continue` gets it at the first read. Closing the stream does nothing. Reads fail with
  /// [java.net.ProtocolException] if the framing is malformed, and with another [IOException] if
  /// the client has closed the connection or has sent nothing for
  /// [ListenerSettings#requestTimeout].
  InputStream body();

  /// Declares memory that the handler occupies from now on until it returns, beyond that of a usual
  /// call: buffers, and connections of its own.
  ///
  /// @throws ProblemException 503 if the calls and connections of all clients occupy too much
  void occupy(long bytes);

  /// What is known of the call, to be filled by its handlers.
  CallReport report();

  /// The head of the response, to be filled before it is sent.
  ResponseHead response();

  /// Sends the response without content: with `Content-Length: 0`, except with 204 and 304.
  ///
  /// @throws UncheckedIOException if the client is gone
  void respond();

  /// Sends the response with content and its `Content-Length`.
  ///
  /// @throws UncheckedIOException if the client is gone
  void respond(byte[] content);

  /// Sends the head at once and returns the stream for the content. Each write is handed to the
  /// network before it returns. Closing the stream ends the response; leaving it unclosed, or short
  /// of its length, makes the adapter close the connection, so that the client notices.
  ///
  /// A response to `HEAD`, and 204 and 304, have no content: writes are discarded. To `HEAD` and
  /// with 304, `contentLength` is sent as `Content-Length` if it is given, and no framing field
  /// otherwise.
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

  /// What a handler keeps for one connection of a client, from one call on it to the next. It holds
  /// one resource, which is closed with the connection. Thread-safe.
  final class ConnectionScope {
    /// A resource that belongs to one connection.
    public interface Resource {
      /// Releases it. Must not block, and may be called more than once.
      void close();
    }

    private @Nullable Resource kept;
    private boolean closed;

    /// Removes and returns the resource; null if there is none.
    public synchronized @Nullable Resource take() {
      var taken = kept;
      kept = null;
      return taken;
    }

    /// Keeps a resource in place of the present one, which is closed. If the connection has been
    /// closed already, the resource is closed instead.
    public void keep(Resource resource) {
      var obsolete = replace(resource);
      if (obsolete != null) {
        obsolete.close();
      }
    }

    private synchronized @Nullable Resource replace(Resource resource) {
      if (closed) {
        return resource;
      }
      var before = kept;
      kept = resource;
      return before;
    }

    /// The connection has been closed.
    public void close() {
      var last = end();
      if (last != null) {
        last.close();
      }
    }

    private synchronized @Nullable Resource end() {
      closed = true;
      return take();
    }
  }
}
