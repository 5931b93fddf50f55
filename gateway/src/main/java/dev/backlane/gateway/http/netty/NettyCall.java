package dev.backlane.gateway.http.netty;

import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.ResponseHead;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A request on a [NettyConnection] and the response to it.
final class NettyCall implements Call {
  private static final Logger LOG = LoggerFactory.getLogger(NettyCall.class);

  private final NettyConnection connection;
  private final HttpRequest request;
  private final String method;
  private final String target;
  private final String authority;
  private final List<Header> headers = new ArrayList<>();
  private final OptionalLong contentLength;
  private final RequestBody body;
  private final ResponseHead response = new ResponseHead();
  private final List<Runnable> goneActions = new ArrayList<>();
  private boolean gone;
  private boolean responded;
  private volatile boolean last;
  private volatile @Nullable ChannelFuture lastWrite;

  NettyCall(NettyConnection connection, HttpRequest request) {
    this.connection = connection;
    this.request = request;
    method = request.method().name();
    for (Map.Entry<String, String> field : request.headers()) {
      headers.add(new Header(field.getKey(), field.getValue()));
    }
    int scheme = request.uri().startsWith("/") ? -1 : request.uri().indexOf("://");
    if (scheme < 0) {
      target = request.uri();
      authority = header("Host").orElse("");
    } else {
      String rest = request.uri().substring(scheme + 3);
      int end = rest.replace('?', '/').indexOf('/');
      authority = end < 0 ? rest : rest.substring(0, end);
      String path = end < 0 ? "" : rest.substring(end);
      target = path.startsWith("/") ? path : "/" + path;
    }
    contentLength = header("Content-Length").stream().mapToLong(Long::parseLong).findFirst();
    body =
        new RequestBody(
            !hasBody(),
            connection::demand,
            this::continueIfExpected,
            connection.listener().settings().requestTimeout());
  }

  /// Runs the handler, on this call's own thread.
  void run() {
    try {
      connection.listener().handler().handle(this);
    } catch (Throwable fault) {
      LOG.error("A handler failed", fault);
    }
    body.discard();
    if (lastWrite == null) {
      abort();
    } else {
      connection.handled(this);
    }
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public String target() {
    return target;
  }

  @Override
  public List<Header> headers() {
    return List.copyOf(headers);
  }

  @Override
  public String authority() {
    return authority;
  }

  @Override
  public boolean secure() {
    return connection.channel().pipeline().get(SslHandler.class) != null;
  }

  @Override
  public InetSocketAddress peer() {
    return (InetSocketAddress) connection.channel().remoteAddress();
  }

  @Override
  public boolean hasBody() {
    return contentLength.orElse(0) > 0 || header("Transfer-Encoding").isPresent();
  }

  @Override
  public OptionalLong contentLength() {
    return contentLength;
  }

  @Override
  public RequestBody body() {
    return body;
  }

  @Override
  public ResponseHead response() {
    return response;
  }

  @Override
  public void respond() {
    send(new byte[0], method.equals("HEAD") ? OptionalLong.empty() : OptionalLong.of(0));
  }

  @Override
  public void respond(byte[] content) {
    if (content.length > ResponseStream.PIECE_BYTES_MAX && hasContent()) {
      try (var out = stream(OptionalLong.of(content.length))) {
        out.write(content);
      } catch (IOException clientGone) {
        throw new UncheckedIOException(clientGone);
      }
    } else {
      send(content, OptionalLong.of(content.length));
    }
  }

  private void send(byte[] content, OptionalLong length) {
    requireUnsent();
    last = isLastResponse() || !restIsSmall();
    var head = fields(length, false);
    var message =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            status(),
            hasContent() ? Unpooled.wrappedBuffer(content) : Unpooled.EMPTY_BUFFER,
            head,
            DefaultHttpHeadersFactory.trailersFactory().newHeaders());
    responded = true;
    lastWrite = connection.channel().writeAndFlush(message);
    if (isGone()) {
      throw new UncheckedIOException(new IOException("the client is gone"));
    }
  }

  @Override
  public OutputStream stream(OptionalLong length) throws IOException {
    requireUnsent();
    boolean endsWithConnection =
        length.isEmpty() && request.protocolVersion().equals(HttpVersion.HTTP_1_0);
    last = isLastResponse() || endsWithConnection;
    var head = fields(length, !endsWithConnection);
    responded = true;
    var _ =
        connection
            .channel()
            .writeAndFlush(new DefaultHttpResponse(HttpVersion.HTTP_1_1, status(), head));
    return new ResponseStream(this, hasContent(), length);
  }

  private void requireUnsent() {
    if (responded) {
      throw new IllegalStateException("the response was sent before");
    }
  }

  private HttpResponseStatus status() {
    int code = response.status();
    return response
        .reason()
        .map(phrase -> new HttpResponseStatus(code, phrase))
        .orElseGet(() -> HttpResponseStatus.valueOf(code));
  }

  private boolean hasContent() {
    int code = response.status();
    return !method.equals("HEAD") && code >= 200 && code != 204 && code != 304;
  }

  private HttpHeaders fields(OptionalLong length, boolean chunkable) {
    var fields = DefaultHttpHeadersFactory.headersFactory().newHeaders();
    boolean lengthOfHandler = !hasContent() && length.isEmpty() || response.status() == 304;
    for (var field : response.headers()) {
      boolean framing = field.is("Transfer-Encoding") || field.is("Connection");
      if (!framing && (lengthOfHandler || !field.is("Content-Length"))) {
        fields.add(field.name(), field.value());
      }
    }
    if (length.isPresent() && response.status() != 204 && response.status() != 304) {
      fields.set("Content-Length", Long.toString(length.getAsLong()));
    } else if (chunkable && hasContent()) {
      fields.set("Transfer-Encoding", "chunked");
    }
    if (!fields.contains("Date")) {
      fields.set("Date", HttpDate.now());
    }
    if (last) {
      fields.set("Connection", "close");
    } else if (request.protocolVersion().equals(HttpVersion.HTTP_1_0)) {
      fields.set("Connection", "keep-alive");
    }
    return fields;
  }

  private boolean isLastResponse() {
    return response.closesConnection()
        || connection.listener().stopping()
        || !HttpUtil.isKeepAlive(request);
  }

  /// Whether the response announced that it is the last one of the connection.
  boolean isLast() {
    return last;
  }

  /// Whether the unread rest of the body may be small enough to keep the connection.
  boolean restIsSmall() {
    if (body.complete()) {
      return true;
    }
    boolean awaitsContinue = HttpUtil.is100ContinueExpected(request) && !body.wasRead();
    return !awaitsContinue && contentLength.orElse(0) - body.bytesRead() <= UNREAD_BYTES_MAX;
  }

  /// The write that ends the response; only after the handler has returned.
  ChannelFuture lastWrite() {
    return Objects.requireNonNull(lastWrite);
  }

  NettyConnection connection() {
    return connection;
  }

  void end() {
    lastWrite = connection.channel().writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
  }

  @Override
  public boolean responded() {
    return responded;
  }

  private void continueIfExpected() {
    if (!responded && HttpUtil.is100ContinueExpected(request)) {
      var _ =
          connection
              .channel()
              .writeAndFlush(
                  new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
    }
  }

  @Override
  public void onClientGone(Runnable action) {
    synchronized (goneActions) {
      if (!gone) {
        goneActions.add(action);
        return;
      }
    }
    action.run();
  }

  private boolean isGone() {
    synchronized (goneActions) {
      return gone;
    }
  }

  /// The connection is closed; from the event loop.
  void clientGone() {
    List<Runnable> actions;
    synchronized (goneActions) {
      gone = true;
      actions = lastWrite != null ? List.of() : List.copyOf(goneActions);
      goneActions.clear();
    }
    body.fail(new IOException("the client is gone"));
    actions.forEach(Runnable::run);
  }

  @Override
  public void abort() {
    connection.abort();
  }
}
