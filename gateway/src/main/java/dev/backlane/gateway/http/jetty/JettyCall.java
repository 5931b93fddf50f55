package dev.backlane.gateway.http.jetty;

import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.connect.ClientLag;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.Call.ConnectionScope;
import dev.backlane.gateway.http.CallReport;
import dev.backlane.gateway.http.RequestRefusal;
import dev.backlane.gateway.http.ResponseHead;
import dev.backlane.protocol.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/// A call that Jetty received, and its response.
final class JettyCall implements Call {
  private static final Duration DRAIN = Duration.ofSeconds(1);
  private static final HttpField CHUNKED = new HttpField(HttpHeader.TRANSFER_ENCODING, "chunked");

  /// Writes nothing: its presence prevents Jetty from adding a framing field.
  private static final HttpField NO_FRAMING =
      new PreEncodedHttpField(HttpHeader.TRANSFER_ENCODING, "chunked") {
        @Override
        public void putTo(ByteBuffer buffer, HttpVersion version) {}
      };

  private final Request request;
  private final Response jettyResponse;
  private final ClientConnection connection;
  private final List<Header> headers;
  private final String target;
  private final String authority;
  private final RequestBody body;
  private final BooleanSupplier closing;
  private final MinimumRate responsePace;
  private final ClientLag responseLag;
  private final ResponseHead response = new ResponseHead();
  private final CallReport report = new CallReport();
  private final List<Runnable> actionsOnClientGone = new ArrayList<>();
  private boolean clientGone;
  private boolean chunked;
  private volatile boolean responded;
  private volatile boolean complete;
  private volatile boolean aborted;

  /// @param closing whether the connection is closed after the response in any case
  JettyCall(Request request, Response jettyResponse, ClientLimits limits, BooleanSupplier closing) {
    this.request = request;
    this.jettyResponse = jettyResponse;
    this.closing = closing;
    this.connection = (ClientConnection) request.getConnectionMetaData().getConnection();
    this.headers = headers(request.getHeaders());
    this.responsePace = limits.pace();
    this.responseLag = new ClientLag(connection::bytesFlushed, ClientConnection.PAUSE_MAX);
    this.body = new RequestBody(request, connection, hasBody(), limits, this::bodyEnded);
    // An absolute-form target (RFC 9112 section 3.2.2) replaces the Host field.
    String received = connection.target();
    int scheme = received.startsWith("/") ? -1 : received.indexOf("://");
    int authorityBegin = scheme < 0 ? 0 : scheme + "://".length();
    int end = scheme < 0 ? 0 : authorityEnd(received, authorityBegin);
    var afterAuthority = received.substring(end);
    // An empty path is sent as `/` (RFC 9112 section 3.2.1), also before a query.
    boolean emptyPath = scheme >= 0 && !afterAuthority.startsWith("/");
    this.target = emptyPath ? "/" + afterAuthority : afterAuthority;
    this.authority =
        scheme < 0 ? header("Host").orElse("") : received.substring(authorityBegin, end);
  }

  private static List<Header> headers(HttpFields received) {
    var headers = new ArrayList<Header>(received.size());
    for (HttpField field : received) {
      headers.add(new Header(field.getName(), field.getValue()));
    }
    return Collections.unmodifiableList(headers);
  }

  /// The index after an authority: of the path, the query or the fragment, or the target's length.
  private static int authorityEnd(String target, int begin) {
    int end = begin;
    while (end < target.length() && "/?#".indexOf(target.charAt(end)) < 0) {
      end++;
    }
    return end;
  }

  @Override
  public String method() {
    return request.getMethod();
  }

  @Override
  public String target() {
    return target;
  }

  @Override
  public List<Header> headers() {
    return headers;
  }

  @Override
  public String authority() {
    return authority;
  }

  @Override
  public boolean secure() {
    return connection.getEndPoint().getSslSessionData() != null;
  }

  @Override
  public InetSocketAddress peer() {
    return connection.peer();
  }

  @Override
  public ConnectionScope connection() {
    return connection.scope();
  }

  @Override
  public boolean hasBody() {
    return request.getLength() > 0 || request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING);
  }

  @Override
  public OptionalLong contentLength() {
    return request.getLength() < 0 ? OptionalLong.empty() : OptionalLong.of(request.getLength());
  }

  @Override
  public InputStream body() {
    return body;
  }

  /// Records the memory of the call.
  ///
  /// @param moreBytes what its handler occupies beyond the usual
  /// @return false if there is no memory for it
  boolean hold(long moreBytes) {
    return connection.holdCall(moreBytes);
  }

  @Override
  public void occupy(long bytes) {
    if (!hold(bytes)) {
      throw CallDispatcher.noSpace();
    }
  }

  @Override
  public CallReport report() {
    return report;
  }

  @Override
  public ResponseHead response() {
    return response;
  }

  @Override
  public void respond() {
    respond(new byte[0]);
  }

  @Override
  public void respond(byte[] content) {
    boolean length = response.status() != HttpStatus.NOT_MODIFIED_304 || content.length > 0;
    begin(length ? OptionalLong.of(content.length) : OptionalLong.empty());
    try {
      write(true, ByteBuffer.wrap(hasContent() ? content : new byte[0]));
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }

  @Override
  public OutputStream stream(OptionalLong contentLength) throws IOException {
    begin(contentLength);
    write(false, BufferUtil.EMPTY_BUFFER);
    return new Content();
  }

  private boolean hasContent() {
    return !HttpMethod.HEAD.is(method()) && !HttpStatus.hasNoBody(response.status());
  }

  private void begin(OptionalLong length) {
    if (responded) {
      throw new IllegalStateException("a call has one response");
    }
    responded = true;
    connection.measure(responseLag);
    var fields = HttpFields.build();
    boolean dated = false;
    for (Header field : response.headers()) {
      dated |= field.is("Date");
      if (!field.is("Content-Length") && !field.is("Transfer-Encoding")) {
        fields.add(
            field.is("Connection")
                ? new HttpField(HttpHeader.CONNECTION, field.value())
                : ClientConnection.unknown(field.name(), field.value()));
      }
    }
    if (!dated) {
      fields.add(connection.getServer().getDateField());
    }
    if (mustClose() && !response.closesConnection()) {
      fields.add(HttpFields.CONNECTION_CLOSE);
    }
    var version = connection.getHttpVersion();
    if (length.isPresent() && response.status() != HttpStatus.NO_CONTENT_204) {
      fields.add(HttpHeader.CONTENT_LENGTH, length.getAsLong());
      jettyResponse.getHeaders().put(HttpHeader.CONTENT_LENGTH, length.getAsLong());
    } else if (HttpMethod.HEAD.is(method()) && version == HttpVersion.HTTP_1_1) {
      fields.add(NO_FRAMING);
    } else if (hasContent() && version == HttpVersion.HTTP_1_1) {
      // Jetty would delimit the last response of a connection by closing it, so that a client could
      // not distinguish an aborted response from a complete one.
      fields.add(CHUNKED);
      chunked = true;
    }
    jettyResponse.setStatus(response.status());
    connection.setHead(
        new MetaData.Response(response.status(), response.reason().orElse(null), version, fields));
  }

  private boolean mustClose() {
    long left = request.getLength() - body.bytesRead();
    return closing.getAsBoolean() || body.failure() != null || left > UNREAD_BYTES_MAX;
  }

  private void write(boolean last, ByteBuffer content) throws IOException {
    if (aborted) {
      throw new IOException("the call has been aborted");
    }
    var written = new Callback.Completable();
    jettyResponse.write(last, content, written);
    try {
      awaitWritten(written);
      complete = last;
    } catch (ExecutionException failed) {
      noteClientGone();
      throw new IOException(
          "the client closed its connection or does not read the response", failed);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while sending a response");
    }
  }

  /// Waits until the client has read enough for a write to be complete, at the minimum rate.
  private void awaitWritten(Callback.Completable written)
      throws ExecutionException, InterruptedException, IOException {
    while (!written.isDone()) {
      long begunNanos = System.nanoTime();
      long flushedBefore = connection.bytesFlushed();
      responseLag.waits();
      try {
        written.get(responsePace.leftNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException waiting) {
        // Some of the bytes may have been sent; then there is time left.
      } finally {
        responseLag.moved();
      }
      responsePace.waited(
          System.nanoTime() - begunNanos, connection.bytesFlushed() - flushedBefore);
      if (responsePace.leftNanos() <= 0 && !written.isDone()) {
        noteClientGone();
        abort();
        throw new IOException("the client reads the response too slowly");
      }
    }
    written.get();
  }

  @Override
  public boolean responded() {
    return responded;
  }

  @Override
  public void onClientGone(Runnable action) {
    boolean late;
    synchronized (actionsOnClientGone) {
      late = clientGone || !actionsOnClientGone.add(action);
    }
    if (late) {
      action.run();
    } else if (body.ended()) {
      connection.watch().start(this::noteClientGone);
    }
  }

  private void bodyEnded() {
    var failure = body.failure();
    if (failure instanceof ProtocolException || failure instanceof SocketTimeoutException) {
      // The client still gets a response.
      return;
    }
    if (failure != null) {
      noteClientGone();
      return;
    }
    boolean watched;
    synchronized (actionsOnClientGone) {
      watched = !actionsOnClientGone.isEmpty() && !clientGone;
    }
    if (watched) {
      connection.watch().start(this::noteClientGone);
    }
  }

  private void noteClientGone() {
    List<Runnable> due;
    synchronized (actionsOnClientGone) {
      clientGone = true;
      due = List.copyOf(actionsOnClientGone);
      actionsOnClientGone.clear();
    }
    due.forEach(Runnable::run);
  }

  @Override
  public void abort() {
    aborted = true;
    stopWatching();
    connection.getEndPoint().close(new Request.Handler.AbortException("the call was aborted"));
  }

  private void stopWatching() {
    synchronized (actionsOnClientGone) {
      clientGone = true;
      actionsOnClientGone.clear();
    }
    connection.watch().stop();
  }

  /// Ends the exchange after the handler has returned: responds 500 if the handler did not respond,
  /// and closes the connection unless another request can follow on it. Blocks while it reads
  /// unread content and while it waits for the client to close, up to 1 s each.
  void end(Callback exchange) {
    if (!responded && !aborted && !refuseContent()) {
      refuse(HttpStatus.INTERNAL_SERVER_ERROR_500);
    }
    stopWatching();
    if (!complete && !aborted) {
      abort();
    }
    if (aborted) {
      body.abandon();
      exchange.failed(new Request.Handler.AbortException("the call was aborted"));
      return;
    }
    if (!body.ended() && !(connection.isPersistent() && body.drained(UNREAD_BYTES_MAX, DRAIN))) {
      connection.linger();
      body.abandon();
    }
    exchange.succeeded();
  }

  /// Responds 400 or 408 if the content was malformed or came too slowly, unless a response has
  /// been sent.
  ///
  /// @return whether this sent the response
  boolean refuseContent() {
    int status =
        switch (body.failure()) {
          case SocketTimeoutException silent -> HttpStatus.REQUEST_TIMEOUT_408;
          case ProtocolException malformed -> HttpStatus.BAD_REQUEST_400;
          case null, default -> 0;
        };
    boolean refused = status > 0 && !responded;
    if (refused) {
      refuse(status);
    }
    return refused;
  }

  private void refuse(int status) {
    response.status(status).set("Content-Type", Problem.MEDIA_TYPE).closeConnection();
    try {
      respond(RequestRefusal.document(status));
    } catch (UncheckedIOException gone) {
      abort();
    }
  }

  /// The content of a response.
  private final class Content extends OutputStream {
    @Override
    public void write(int oneByte) throws IOException {
      write(new byte[] {(byte) oneByte}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (complete) {
        throw new IOException("the response has ended");
      }
      if (length > 0 && hasContent()) {
        JettyCall.this.write(
            false,
            chunked
                ? WholeChunks.content(bytes, offset, length)
                : ByteBuffer.wrap(bytes, offset, length));
      }
    }

    /// @throws IOException also if the content is shorter than its length
    @Override
    public void close() throws IOException {
      if (!complete) {
        JettyCall.this.write(true, BufferUtil.EMPTY_BUFFER);
      }
    }
  }
}
