package dev.backlane.gateway.http.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.gateway.connect.ClientLag;
import dev.backlane.gateway.connect.PeerNetwork;
import dev.backlane.gateway.http.Call.ConnectionScope;
import dev.backlane.gateway.http.ListenerSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpGenerator;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/// A connection of a client. It extends Jetty's connection, which has no hook for three needs: to
/// keep a request target that Jetty would decode, resolve or refuse (`%00`, `%zz`, `/..`); to send
/// a response head with a reason phrase and no other fields than the handler's; and to close
/// without a reset, which could discard the response before the client reads it (RFC 9112 section
/// 9.6).
final class ClientConnection extends HttpConnection {
  /// How long a client that was fast may pause before it is behind.
  static final Duration PAUSE_MAX = Duration.ofSeconds(1);

  private static final Duration LINGER = Duration.ofSeconds(1);
  private static final long LINGER_BYTES_MAX = 16L * 1024 * 1024;
  private static final int LINGER_BUFFER_BYTES = 8 * 1024;

  private final ListenerSettings limits;
  private final ConnectionShares shares;
  private final InetSocketAddress peer;
  private final PeerNetwork network;
  private final ClientWatch watch = new ClientWatch(this);
  private final ConnectionScope scope = new ConnectionScope();
  private volatile String target = "/";
  private volatile MetaData.@Nullable Response head;
  private volatile boolean endedEarly;
  private volatile boolean contentFailed;
  private volatile boolean malformed;
  private volatile int headFields;
  private volatile @Nullable ClientLag lag;

  /// Guarded by the shares.
  private long heldBytes;

  /// Without an initializer, which would run after it is set.
  private @Nullable RequestHandler handler;

  ClientConnection(
      HttpConfiguration configuration,
      Connector connector,
      EndPoint endPoint,
      ListenerSettings limits,
      ConnectionShares shares) {
    super(configuration, connector, endPoint);
    this.limits = limits;
    this.shares = shares;
    // The end point has no remote address if the client has already closed the connection.
    this.peer =
        endPoint.getRemoteSocketAddress() instanceof InetSocketAddress address
            ? address
            : new InetSocketAddress(0);
    this.network = PeerNetwork.of(peer);
  }

  /// Whether the client's stream has ended within a request. Whether it has ended at all says less:
  /// a client may close its sending side after a complete or a malformed request.
  boolean endedEarly() {
    return endedEarly;
  }

  /// The address and port of the client.
  InetSocketAddress peer() {
    return peer;
  }

  /// The network of the client.
  PeerNetwork network() {
    return network;
  }

  /// What it occupies without a request.
  long baseBytes() {
    return HeldMemory.CONNECTION + (isSecure() ? HeldMemory.TLS : 0);
  }

  /// What it occupies, as recorded; for [ConnectionShares].
  long heldBytes() {
    return heldBytes;
  }

  /// Records what it occupies; for [ConnectionShares].
  void holds(long bytes) {
    heldBytes = bytes;
  }

  /// A request begins whose head is complete.
  ///
  /// @param moreBytes what its handler occupies beyond the usual
  /// @return false if there is no memory for it
  boolean holdCall(long moreBytes) {
    return shares.hold(
        this, HeldMemory.call(getParser().getHeaderLength(), headFields) + tlsBytes() + moreBytes);
  }

  private boolean holdHead() {
    int headBytes = getParser().getHeaderLength();
    return shares.hold(
        this, HeldMemory.head(headBytes, headBytes == 0 ? 0 : headFields) + tlsBytes());
  }

  private long tlsBytes() {
    return baseBytes() - HeldMemory.CONNECTION;
  }

  /// Measures the client of the current call from now on.
  void measure(ClientLag current) {
    lag = current;
  }

  /// How far the client of the current call is behind while the gateway waits for it.
  long lagNanos() {
    var current = lag;
    return current != null && current.waiting() ? current.nanos() : 0;
  }

  /// Closes the connection at once, with a reset, so that the operating system drops what it holds
  /// for the client. From any thread.
  void reset() {
    ClientSocket.resetOnClose(getEndPoint());
    getEndPoint().close(new EofException("closed for other clients"));
  }

  /// The target of the current request, neither decoded nor normalized: each byte as one `char`.
  /// Jetty decodes it as UTF-8 before this class sees it, so of bytes above 0x7F only those that
  /// are valid UTF-8 are unchanged. This has no effect: a target with any such byte is refused with
  /// 400.
  String target() {
    return target;
  }

  /// What handlers keep for this connection.
  ConnectionScope scope() {
    return scope;
  }

  @Override
  public void onClose(@Nullable Throwable cause) {
    super.onClose(cause);
    scope.close();
  }

  /// Detects that the client has closed the connection.
  ClientWatch watch() {
    return watch;
  }

  /// The bytes that the operating system has accepted for sending to the client.
  long bytesFlushed() {
    return ClientSocket.bytesFlushed(getEndPoint());
  }

  /// Whether a request has been received whose exchange has not ended.
  boolean busy() {
    return getHttpChannel().getRequest() != null;
  }

  /// Whether it has never had a complete request head.
  boolean unused() {
    return getMessagesIn() == 0;
  }

  /// Sets the response head that replaces Jetty's at the first write of the response.
  void setHead(MetaData.Response exactHead) {
    head = exactHead;
  }

  /// Ends the connection after its last response: sends the end of the stream, and discards what
  /// the client still sends until it closes its end, for 1 s and 16 MiB at most. Closing with
  /// unread bytes would reset the connection, and the client could lose the response. Blocks.
  void linger() {
    var endPoint = getEndPoint();
    endPoint.shutdownOutput();
    var pooled = getConnector().getByteBufferPool().acquire(LINGER_BUFFER_BYTES, true);
    var buffer = pooled.getByteBuffer();
    long endNanos = System.nanoTime() + LINGER.toNanos();
    long discarded = 0;
    try {
      while (discarded < LINGER_BYTES_MAX) {
        long leftNanos = endNanos - System.nanoTime();
        int filled = endPoint.fill(buffer);
        if (filled < 0 || leftNanos <= 0 || filled == 0 && !readable(leftNanos)) {
          return;
        }
        discarded += filled;
        BufferUtil.clear(buffer);
      }
    } catch (IOException gone) {
      // The connection is closed in any case.
    } finally {
      pooled.release();
    }
  }

  private boolean readable(long timeoutNanos) {
    var readable = new Callback.Completable();
    try {
      if (!getEndPoint().tryFillInterested(readable)) {
        return false;
      }
      readable.get(timeoutNanos, TimeUnit.NANOSECONDS);
      return true;
    } catch (ExecutionException | TimeoutException silent) {
      return false;
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// Waits for more of a request head, if there is memory for what has arrived of it.
  ///
  /// Reads nothing after a malformed head. If that head is not the first of the connection, Jetty
  /// 12.1.14 would read on, and could close the connection before the refusal is sent.
  @Override
  public void fillInterested(Callback callback) {
    if (malformed) {
      return;
    }
    if (busy() || holdHead()) {
      super.fillInterested(callback);
    } else {
      getEndPoint().close();
    }
  }

  // Called by the constructor of Jetty's connection, as is the next method.
  @Override
  protected RequestHandler newRequestHandler() {
    var created = requestHandler();
    handler = created;
    return created;
  }

  @Override
  protected HttpParser newHttpParser(HttpCompliance compliance) {
    var parser =
        new RequestParser(
            Objects.requireNonNull(handler),
            getHttpConfiguration().getRequestHeaderSize(),
            compliance);
    parser.setHeaderCacheSize(getHttpConfiguration().getHeaderCacheSize());
    parser.setHeaderCacheCaseSensitive(getHttpConfiguration().isHeaderCacheCaseSensitive());
    return parser;
  }

  private RequestHandler requestHandler() {
    return new RequestHandler() {
      @Override
      public void badMessage(HttpException failure) {
        malformed = true;
        super.badMessage(failure);
      }

      @Override
      public void earlyEOF() {
        // Jetty also calls this for a malformed body; the parser is not closed then. The stream may
        // end after that, before the handler has seen the failure: the first call decides.
        if (!contentFailed) {
          contentFailed = true;
          endedEarly = getParser().isClosed();
        }
        super.earlyEOF();
      }
    };
  }

  @Override
  protected HttpGenerator newHttpGenerator() {
    return new WholeChunks();
  }

  @Override
  protected HttpStreamOverHTTP1 newHttpStream(String method, String uri, HttpVersion version) {
    // Jetty has decoded the bytes as UTF-8 and replaced invalid ones by U+FFFD.
    target = new String(uri.getBytes(UTF_8), ISO_8859_1);
    headFields = 0;
    // Jetty gets `/` instead, so that it does not decode, resolve or refuse the target. CONNECT has
    // an authority as its target, which Jetty accepts.
    return new Exchange(method, HttpMethod.CONNECT.is(method) ? uri : "/", version);
  }

  private final class Exchange extends HttpStreamOverHTTP1 {
    private final int lineBytes = getParser().getHeaderLength();
    private int fields;

    Exchange(String method, String uri, HttpVersion version) {
      super(method, uri, version);
    }

    @Override
    public void parsedHeader(HttpField field) {
      headFields = ++fields;
      if (getParser().getHeaderLength() - lineBytes > limits.headerBytesMax()
          || fields > limits.headerFieldsMax()) {
        throw new HttpException.RuntimeException(431);
      }
      // Jetty refuses an Upgrade that Connection does not name, which RFC 9110 section 7.8 ignores.
      boolean upgrade = field.getHeader() == HttpHeader.UPGRADE;
      super.parsedHeader(upgrade ? unknown(field.getName(), field.getValue()) : field);
    }

    @Override
    public void send(
        MetaData.Request request,
        MetaData.@Nullable Response response,
        boolean last,
        @Nullable ByteBuffer content,
        Callback callback) {
      var exact = head;
      if (response != null && response.getStatus() >= 200 && exact != null) {
        head = null;
        super.send(request, exact, last, content, callback);
      } else {
        super.send(request, response, last, content, callback);
      }
    }
  }

  /// A field that Jetty does not interpret, whose name keeps its letter case.
  @SuppressWarnings("NullAway") // Jetty expects null for a name without a constant.
  static HttpField unknown(String name, String value) {
    return new HttpField(null, name, value);
  }
}
