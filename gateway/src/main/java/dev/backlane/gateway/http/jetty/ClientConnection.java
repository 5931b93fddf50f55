package dev.backlane.gateway.http.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/// A connection of a client. Jetty's own has no hook for three needs: to keep a request target that
/// Jetty would decode, resolve or refuse (`%00`, `%zz`, `/..`); to send a response head with a
/// reason phrase and no other fields than the handler's; to close without a reset that could cost
/// the client the response (RFC 9112 section 9.6).
final class ClientConnection extends HttpConnection {
  private static final Duration LINGER = Duration.ofSeconds(1);
  private static final long LINGER_BYTES_MAX = 16L * 1024 * 1024;
  private static final int LINGER_BUFFER_BYTES = 8 * 1024;

  private final int headerBytesMax;
  private final ClientWatch watch = new ClientWatch(this);
  private volatile String target = "/";
  private volatile MetaData.@Nullable Response head;

  ClientConnection(
      HttpConfiguration configuration, Connector connector, EndPoint endPoint, int headerBytesMax) {
    super(configuration, connector, endPoint);
    this.headerBytesMax = headerBytesMax;
  }

  /// The target of the current request byte for byte, each byte as one `char`.
  String target() {
    return target;
  }

  /// Notices that the client is gone.
  ClientWatch watch() {
    return watch;
  }

  /// Whether a request has been received whose exchange has not ended.
  boolean busy() {
    return getHttpChannel().getRequest() != null;
  }

  /// Sets the head that is sent with the first write of the response, instead of Jetty's.
  void sends(MetaData.Response exactHead) {
    head = exactHead;
  }

  /// Ends the connection after its last response: sends the end of the stream, and discards what
  /// the client still sends until it closes its end, for 1 s and 16 MiB at most. Closing with unread
  /// bytes would reset the connection, and the client could lose the response. Blocks.
  void linger() {
    var endPoint = getEndPoint();
    endPoint.shutdownOutput();
    var buffer = BufferUtil.allocate(LINGER_BUFFER_BYTES);
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
      // It is closed either way.
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

  @Override
  protected HttpStreamOverHTTP1 newHttpStream(String method, String uri, HttpVersion version) {
    // Jetty has decoded UTF-8. What is not UTF-8 has become U+FFFD, which no handler accepts.
    target = new String(uri.getBytes(UTF_8), ISO_8859_1);
    return new Exchange(method, version);
  }

  private final class Exchange extends HttpStreamOverHTTP1 {
    private final int lineBytes = getParser().getHeaderLength();

    // The real target is not shown to Jetty, which would refuse some.
    Exchange(String method, HttpVersion version) {
      super(method, "/", version);
    }

    @Override
    public void parsedHeader(HttpField field) {
      if (getParser().getHeaderLength() - lineBytes > headerBytesMax) {
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
  @SuppressWarnings("NullAway") // A header without constant is Jetty's way to say so.
  static HttpField unknown(String name, String value) {
    return new HttpField(null, name, value);
  }
}
